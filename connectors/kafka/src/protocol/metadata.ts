/** Which brokers there are, which topics, and who leads each partition; settings of a broker. */
import { type Call, call } from "./call.ts"

/** A broker's address. */
export interface BrokerAddress {
  readonly id: number
  readonly host: string
  readonly port: number
}

/** A topic as a broker tells it. */
export interface TopicMetadata {
  readonly error: number
  readonly name: string
  readonly internal: boolean
  readonly partitions: ReadonlyArray<{
    readonly error: number
    readonly partition: number
    readonly leader: number
    readonly leaderEpoch: number
  }>
}

/** The answer to {@link metadata}. */
export interface ClusterMetadata {
  readonly brokers: ReadonlyArray<BrokerAddress>
  readonly controller: number
  readonly topics: ReadonlyArray<TopicMetadata>
}

/** Metadata of `topics`, or of all. Creates none unless `create`. */
export function metadata(
  topics: ReadonlyArray<string> | undefined,
  create: boolean
): Call<ClusterMetadata> {
  return call("Metadata", 3, 8, (writer) => {
    if (topics === undefined) writer.int32(-1)
    else writer.array(topics, (topic) => writer.string(topic))
    writer.boolean(create).boolean(false).boolean(false)
  }, (response) => {
    response.int32()
    const brokers = response.array(() => {
      const broker = { id: response.int32(), host: response.string(), port: response.int32() }
      response.nullableString()
      return broker
    })
    response.nullableString()
    const controller = response.int32()
    const found = response.array((): TopicMetadata => {
      const topic = {
        error: response.int16(),
        name: response.string(),
        internal: response.boolean(),
        partitions: response.array(() => {
          const partition = {
            error: response.int16(),
            partition: response.int32(),
            leader: response.int32(),
            leaderEpoch: response.int32()
          }
          for (let list = 0; list < 3; list++) response.array(() => response.int32())
          return partition
        })
      }
      response.int32()
      return topic
    })
    return { brokers, controller, topics: found }
  })
}

/** One setting of a broker; undefined when it does not tell. */
export function brokerConfig(broker: number, name: string): Call<string | undefined> {
  return call("DescribeConfigs", 32, 1, (writer) => {
    writer.array([broker], (id) => {
      writer.int8(4).string(String(id)).array([name], (key) => writer.string(key))
    })
    writer.boolean(false)
  }, (response) => {
    response.int32()
    let value: string | undefined
    response.array(() => {
      response.int16()
      response.nullableString()
      response.int8()
      response.string()
      response.array(() => {
        const key = response.string()
        const text = response.nullableString()
        if (key === name) value = text
        response.boolean()
        response.int8()
        response.boolean()
        response.array(() => {
          response.string()
          response.nullableString()
          response.int8()
        })
      })
    })
    return value
  })
}
