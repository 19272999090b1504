/** `kafka` and `upsert-kafka` tables on a real broker: every mode, rule and metadata column; topics filled and read by kafkajs. */
import assert from "node:assert/strict"
import { after, describe, it } from "node:test"
import { kafkaFactory, upsertFactory } from "../src/mod.ts"
import { brokerOrSkip, freshName, Other, runSql, runtime } from "./support.ts"

const { broker, skip } = await brokerOrSkip()
const other = new Other(broker?.address ?? "127.0.0.1:1")

after(async () => {
  await other.close()
  await broker?.close()
})

/** A WITH clause: of a `kafka` table that reads all there is, unless said otherwise. */
function withClause(topic: string, options: Readonly<Record<string, string>> = {}): string {
  const all: Record<string, string> = {
    connector: "kafka",
    topic,
    "properties.bootstrap.servers": broker?.address ?? "127.0.0.1:1",
    "scan.startup.mode": "earliest-offset",
    "scan.bounded.mode": "latest-offset",
    ...(options["value.format"] === undefined ? { format: "json" } : {}),
    ...options
  }
  const pairs = Object.entries(all).filter(([, value]) => value !== "")
  return `WITH (${pairs.map(([key, value]) => `'${key}' = '${value}'`).join(", ")})`
}

/** Rows `{"id": n}` for n from `from` to `to`. */
function numbered(from: number, to: number): ReadonlyArray<{ value: string; partition: number }> {
  return Array.from(
    { length: to - from },
    (_, i) => ({ value: `{"id":${from + i}}`, partition: 0 })
  )
}

async function ids(
  topic: string,
  options: Readonly<Record<string, string>>
): Promise<ReadonlyArray<number>> {
  const rows = await runSql(
    `CREATE TABLE t (id INT) ${withClause(topic, options)}; SELECT * FROM t;`
  )
  return rows.map((row) => Number(row.slice(3, -1))).sort((a, b) => a - b)
}

function range(from: number, to: number): ReadonlyArray<number> {
  return Array.from({ length: to - from }, (_, i) => from + i)
}

async function filled(partitions: number, count: number): Promise<string> {
  const topic = freshName("t")
  await other.create(topic, partitions)
  await other.produce(topic, numbered(0, count))
  return topic
}

describe("kafka source", { skip }, () => {
  it("scan.startup.mode and scan.bounded.mode 'specific-offsets' read from an offset up to another", async () => {
    const topic = await filled(1, 100)
    assert.deepEqual(
      await ids(topic, {
        "scan.startup.mode": "specific-offsets",
        "scan.startup.specific-offsets": "partition:0,offset:42",
        "scan.bounded.mode": "specific-offsets",
        "scan.bounded.specific-offsets": "partition:0,offset:50"
      }),
      range(42, 50)
    )
  })

  it("scan.startup.mode and scan.bounded.mode 'timestamp' read from a time up to another", async () => {
    const topic = freshName("times")
    await other.create(topic, 1)
    await other.produce(
      topic,
      range(0, 10).map((i) => ({
        value: `{"id":${i}}`,
        timestamp: String(1_700_000_000_000 + i * 1000)
      }))
    )
    assert.deepEqual(
      await ids(topic, {
        "scan.startup.mode": "timestamp",
        "scan.startup.timestamp-millis": "1700000003000",
        "scan.bounded.mode": "timestamp",
        "scan.bounded.timestamp-millis": "1700000006500"
      }),
      [3, 4, 5, 6]
    )
  })

  it("scan.startup.mode 'group-offsets' goes on where the group has committed, and commits at checkpoints", async () => {
    const topic = await filled(1, 100)
    const group = freshName("group")
    await other.admin((admin) =>
      admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: "60" }] })
    )
    const options = { "scan.startup.mode": "group-offsets", "properties.group.id": group }
    assert.deepEqual(await ids(topic, options), range(60, 100))
    const committed = async (): Promise<string> =>
      (await other.admin((admin) => admin.fetchOffsets({ groupId: group, topics: [topic] })))[0]!
        .partitions[0]!.offset
    const read = new Promise<void>((resolve) => {
      void runSql(
        `SET 'execution.checkpointing.interval' = '50 ms';
         CREATE TABLE t (id INT) ${
          withClause(topic, {
            ...options,
            "scan.startup.mode": "earliest-offset",
            "scan.bounded.mode": "unbounded"
          })
        };
         SELECT * FROM t;`,
        {
          until: async () => {
            for (let i = 0; i < 100 && await committed() !== "100"; i++) await pause(50)
          }
        }
      ).then(() => resolve())
    })
    await read
    assert.equal(await committed(), "100")
  })

  it("scan.startup.mode 'latest-offset' reads what comes after the start", async () => {
    const topic = await filled(2, 10)
    const rows = await runSql(
      `CREATE TABLE t (id INT) ${
        withClause(topic, { "scan.startup.mode": "latest-offset", "scan.bounded.mode": "" })
      }; SELECT * FROM t;`,
      {
        until: async (_, found) => {
          for (let i = 0; i < 100 && found.length === 0; i++) {
            await other.produce(topic, numbered(100 + i, 101 + i))
            await pause(50)
          }
        }
      }
    )
    assert.ok(rows.length > 0)
    assert.ok(rows.every((row) => Number(row.slice(3, -1)) >= 100))
  })

  it("topic and topic-pattern read several topics, and discovery finds new ones from their beginning", async () => {
    const prefix = freshName("many")
    const make = async (name: string, from: number): Promise<void> => {
      await other.create(name, 2)
      await other.produce(name, numbered(from, from + 5))
    }
    await make(`${prefix}-a`, 0)
    await make(`${prefix}-b`, 5)
    assert.deepEqual(await ids(`${prefix}-a;${prefix}-b`, {}), range(0, 10))
    assert.deepEqual(await ids("", { "topic-pattern": `${prefix}-[ab]` }), range(0, 10))
    const found = await runSql(
      `CREATE TABLE t (id INT) ${
        withClause("", {
          "topic-pattern": `${prefix}-.*`,
          "scan.bounded.mode": "unbounded",
          "scan.startup.mode": "latest-offset",
          "scan.topic-partition-discovery.interval": "100 ms"
        })
      }; SELECT * FROM t;`,
      {
        until: async (_, rows) => {
          await pause(500)
          await make(`${prefix}-c`, 10)
          for (let i = 0; i < 100 && rows.length < 5; i++) await pause(50)
        }
      }
    )
    assert.deepEqual(found.map((row) => Number(row.slice(3, -1))).sort(), [10, 11, 12, 13, 14])
  })

  it("key.fields, key.fields-prefix and value.fields-include place columns in key and value", async () => {
    const topic = freshName("halves")
    await other.create(topic, 1)
    await other.produce(topic, [
      { key: `{"id":1}`, value: `{"id":"of the value"}` },
      { key: null, value: `{"id":"no key"}` },
      { key: `{"id":3}`, value: null }
    ])
    const rows = await runSql(
      `CREATE TABLE t (k_id INT, id STRING) ${
        withClause(topic, {
          "key.format": "json",
          "key.fields": "k_id",
          "key.fields-prefix": "k_",
          "value.format": "json",
          "value.fields-include": "EXCEPT_KEY"
        })
      }; SELECT * FROM t;`
    )
    assert.deepEqual(rows, ["+I[1, of the value]", "+I[NULL, no key]"])
  })

  it("metadata columns tell where a message stands, when it came and its headers", async () => {
    const topic = freshName("meta")
    await other.create(topic, 1)
    await other.produce(topic, [
      { value: `{"id":1}`, headers: { a: "x", b: "y" }, timestamp: "1700000000123" },
      { value: `{"id":2}`, timestamp: "1700000001000" }
    ])
    const rows = await runSql(
      `CREATE TABLE t (id INT, topic STRING METADATA, p INT METADATA FROM 'partition', o BIGINT METADATA FROM 'offset',
        e INT METADATA FROM 'leader-epoch', ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', k STRING METADATA FROM 'timestamp-type',
        h MAP<STRING, BYTES> METADATA FROM 'headers', l ARRAY<ROW<key STRING, \`value\` BYTES>> METADATA FROM 'header-list')
       ${withClause(topic)}; SELECT * FROM t;`
    )
    assert.deepEqual(rows, [
      `+I[1, ${topic}, 0, 0, 0, 2023-11-14 22:13:20.123, CreateTime, {a=x'78', b=x'79'}, [(a, x'78'), (b, x'79')]]`,
      `+I[2, ${topic}, 0, 1, 0, 2023-11-14 22:13:21.000, CreateTime, {}, []]`
    ])
  })

  it("millrace.bad-records = 'skip' counts a message that the format cannot read, 'fail' names its place", async () => {
    const topic = freshName("bad")
    await other.create(topic, 1)
    await other.produce(topic, [{ value: `{"id":1}` }, { value: "no json" }, { value: `{"id":2}` }])
    assert.deepEqual(await ids(topic, { "millrace.bad-records": "skip" }), [1, 2])
    await assert.rejects(
      ids(topic, {}),
      (error: Error) => error.message.includes(`${topic}-0 offset 1`)
    )
  })

  it("watermarks are those of the slowest partition, and idle partitions hold nobody back", async () => {
    const topic = freshName("late")
    await other.create(topic, 3)
    // partition 1 is an hour behind; partition 2 is empty
    await other.produce(topic, [
      ...range(0, 50).map((i) => ({
        partition: 0,
        value: `{"ts":"2025-01-01 01:00:${String(i).padStart(2, "0")}"}`
      })),
      ...range(0, 50).map((i) => ({
        partition: 1,
        value: `{"ts":"2025-01-01 00:00:${String(i).padStart(2, "0")}"}`
      }))
    ])
    const rows = await runSql(
      `CREATE TABLE t (ts TIMESTAMP(3), WATERMARK FOR ts AS ts) ${
        withClause(topic, {
          "scan.watermark.idle-timeout": "200 ms",
          "scan.bounded.mode": "unbounded"
        })
      };
       SELECT window_end, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end;`,
      {
        until: async (_, found) => {
          // a partition with rows now and then is not idle; that without any is
          for (let i = 0; i < 100 && found.length < 4; i++) {
            await other.produce(topic, [
              { partition: 0, value: `{"ts":"2025-01-01 01:00:50"}` },
              { partition: 1, value: `{"ts":"2025-01-01 00:00:50"}` }
            ])
            await pause(50)
          }
        }
      }
    )
    assert.deepEqual(rows.slice(0, 4), [
      "+I[2025-01-01 00:00:10.000, 10]",
      "+I[2025-01-01 00:00:20.000, 10]",
      "+I[2025-01-01 00:00:30.000, 10]",
      "+I[2025-01-01 00:00:40.000, 10]"
    ])
  })
})

describe("kafka sink", { skip }, () => {
  it("writes key, value, headers, timestamp and topic of each row", async () => {
    const [a, b] = [freshName("a"), freshName("b")]
    await other.create(a, 1)
    await other.create(b, 1)
    await runSql(
      `CREATE TABLE o (id INT, name STRING, topic STRING METADATA, ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', h MAP<STRING, BYTES> METADATA FROM 'headers')
       ${
        withClause(`${a};${b}`, {
          "key.format": "json",
          "key.fields": "id",
          "value.format": "json",
          "value.fields-include": "EXCEPT_KEY"
        })
      };
       INSERT INTO o SELECT id, name, CASE WHEN id = 1 THEN '${a}' ELSE '${b}' END, TO_TIMESTAMP_LTZ(1700000000000 + id, 3), MAP['n', ENCODE(name, 'UTF-8')]
       FROM (VALUES (1, 'one'), (2, 'two')) AS v(id, name);`
    )
    const read = [...await other.readAll(a, true), ...await other.readAll(b, true)]
    assert.deepEqual(
      read.map(({ key, value, headers, timestampMillis }) => ({
        key,
        value,
        headers,
        timestampMillis
      })),
      [
        {
          key: `{"id":1}`,
          value: `{"name":"one"}`,
          headers: { n: "one" },
          timestampMillis: 1_700_000_000_001
        },
        {
          key: `{"id":2}`,
          value: `{"name":"two"}`,
          headers: { n: "two" },
          timestampMillis: 1_700_000_000_002
        }
      ]
    )
  })

  it("a topic that is not there is created where the broker does that", async () => {
    const topic = freshName("created")
    await runSql(`CREATE TABLE o (id INT) ${withClause(topic)}; INSERT INTO o VALUES (1);`)
    assert.deepEqual((await other.readAll(topic, true)).map(({ value }) => value), [`{"id":1}`])
  })

  it("refuses a row whose topic the table does not have", async () => {
    const [a, b] = [freshName("a"), freshName("b")]
    await other.create(a, 1)
    await other.create(b, 1)
    await assert.rejects(
      runSql(
        `CREATE TABLE o (id INT, topic STRING METADATA) ${
          withClause(`${a};${b}`)
        }; INSERT INTO o VALUES (1, 'elsewhere');`
      ),
      /Expected topic to be in: .* but was: elsewhere/
    )
  })

  it("sink.partitioner puts a key where every producer puts it, and 'fixed', 'round-robin' and own ones where they say", async () => {
    const topic = freshName("parts")
    await other.create(topic, 5)
    const keys = range(0, 40).map((i) => `key-${i}`)
    await other.produce(topic, keys.map((key) => ({ key, value: "theirs" })))
    const values = keys.map((key) => `('${key}', 'ours')`).join(", ")
    const table = (options: Readonly<Record<string, string>>): string =>
      `CREATE TABLE o (k STRING, v STRING) ${
        withClause(topic, { "value.format": "json", ...options })
      }; INSERT INTO o VALUES ${values};`
    await runSql(table({ "key.format": "raw", "key.fields": "k" }))
    const places = (await other.readAll(topic, true)).filter(({ key }) => key !== null)
    assert.equal(places.length, 80)
    for (const key of keys) {
      assert.equal(
        new Set(places.filter((one) => one.key === key).map((one) => one.partition)).size,
        1
      )
    }
    const own = kafkaFactory({ partitioners: { last: () => ({ partitions }) => partitions - 1 } })
    await runSql(table({ "sink.partitioner": "fixed" }))
    await runSql(table({ "sink.partitioner": "last" }), { connectors: [own] })
    const others = (await other.readAll(topic, true)).filter(({ key }) => key === null)
    assert.deepEqual(new Set(others.map(({ partition }) => partition)), new Set([0, 4]))
  })

  for (const compression of ["gzip", "snappy", "lz4", "zstd"]) {
    it(`properties.compression.type '${compression}' is written and read back`, async () => {
      const topic = freshName(compression)
      await other.create(topic, 1)
      const options = { "properties.compression.type": compression }
      await runSql(
        `CREATE TABLE g (id INT) WITH ('connector' = 'datagen', 'number-of-rows' = '5000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '0', 'fields.id.end' = '4999');
         CREATE TABLE o (id INT) ${withClause(topic, options)}; INSERT INTO o SELECT * FROM g;`
      )
      assert.deepEqual(await ids(topic, {}), range(0, 5000))
      if (compression === "gzip") assert.equal((await other.readAll(topic, true)).length, 5000)
      const bytes = await other.bytesOf(topic)
      assert.ok(bytes < 5000 * 12, `${bytes} bytes in the log`)
    })
  }

  it("sink.delivery-guarantee 'exactly-once' shows rows after a checkpoint only, and none of a failed job", async () => {
    const topic = freshName("eo")
    await other.create(topic, 1)
    const options = {
      "sink.delivery-guarantee": "exactly-once",
      "sink.transactional-id-prefix": topic
    }
    const source = await filled(1, 100)
    const run = (checkpoints: string, check: () => Promise<void>): Promise<unknown> =>
      runSql(
        `SET 'execution.checkpointing.interval' = '${checkpoints}';
         CREATE TABLE t (id INT) ${withClause(source, { "scan.bounded.mode": "unbounded" })};
         CREATE TABLE o (id INT) ${withClause(topic, options)}; INSERT INTO o SELECT * FROM t;`,
        { until: check }
      )
    await run("1 h", async () => {
      for (let i = 0; i < 100 && (await other.readAll(topic, false)).length < 100; i++) {
        await pause(50)
      }
    })
    assert.equal((await other.readAll(topic, false)).length, 100)
    assert.equal((await other.readAll(topic, true)).length, 0)
    await run("100 ms", async () => {
      for (let i = 0; i < 100 && (await other.readAll(topic, true)).length < 100; i++) {
        await pause(50)
      }
    })
    const seen = await other.readAll(topic, true)
    assert.deepEqual(seen.map(({ value }) => Number(value!.slice(6, -1))), range(0, 100))
  })
})

describe("upsert-kafka", { skip }, () => {
  const table = (topic: string, options: Readonly<Record<string, string>> = {}): string =>
    `(id INT, name STRING, PRIMARY KEY (id) NOT ENFORCED) ${
      withClause(topic, {
        connector: "upsert-kafka",
        "scan.startup.mode": "",
        "key.format": "json",
        "value.format": "json",
        ...options
      })
    }`

  it("reads a message as the row of its key, and one without a value as its deletion", async () => {
    const topic = freshName("upsert")
    await other.create(topic, 1)
    await other.produce(topic, [
      { key: `{"id":1}`, value: `{"id":1,"name":"a"}` },
      { key: `{"id":2}`, value: `{"id":2,"name":"b"}` },
      { key: `{"id":1}`, value: null },
      { key: `{"id":2}`, value: `{"id":2,"name":"c"}` }
    ])
    const rows = await runSql(`CREATE TABLE t ${table(topic)}; SELECT * FROM t;`)
    assert.deepEqual(rows, [
      "+I[1, a]",
      "+I[2, b]",
      "-D[1, a]",
      "-U[2, b]",
      "+U[2, c]"
    ])
  })

  it("writes the changes of a query: one message per key at least, tombstones for deletions", async () => {
    const [source, topic] = [freshName("changes"), freshName("upsert")]
    await other.create(source, 1)
    await other.create(topic, 2)
    await other.produce(source, [
      { key: `{"id":1}`, value: `{"id":1,"name":"a"}` },
      { key: `{"id":2}`, value: `{"id":2,"name":"b"}` },
      { key: `{"id":1}`, value: null }
    ])
    await runSql(
      `CREATE TABLE t ${table(source)}; CREATE TABLE o ${
        table(topic)
      }; INSERT INTO o SELECT * FROM t;`
    )
    const last = new Map<string, string | null>()
    for (const { key, value } of await other.readAll(topic, true)) last.set(key!, value)
    assert.deepEqual([...last].sort(), [[`{"id":1}`, null], [`{"id":2}`, `{"id":2,"name":"b"}`]])
  })

  it("sink.buffer-flush keeps the last change of a key and writes it once", async () => {
    const [source, topic] = [freshName("changes"), freshName("buffered")]
    await other.create(source, 1)
    await other.create(topic, 1)
    await other.produce(
      source,
      range(0, 1000).map((i) => ({
        key: `{"id":${i % 3}}`,
        value: `{"id":${i % 3},"name":"${i}"}`
      }))
    )
    const options = { "sink.buffer-flush.max-rows": "100", "sink.buffer-flush.interval": "1 h" }
    await runSql(
      `CREATE TABLE t ${table(source)}; CREATE TABLE o ${
        table(topic, options)
      }; INSERT INTO o SELECT * FROM t;`
    )
    const values = (await other.readAll(topic, true)).map(({ value }) => value)
    assert.deepEqual(values.sort(), [
      `{"id":0,"name":"999"}`,
      `{"id":1,"name":"997"}`,
      `{"id":2,"name":"998"}`
    ])
  })

  it("demands a primary key", async () => {
    await assert.rejects(
      runSql(
        `CREATE TABLE t (id INT) WITH ('connector' = 'upsert-kafka', 'topic' = 't', 'properties.bootstrap.servers' = '127.0.0.1:1', 'key.format' = 'json', 'value.format' = 'json'); SELECT * FROM t;`,
        { connectors: [upsertFactory] }
      ),
      /'upsert-kafka' tables require to define a PRIMARY KEY constraint/
    )
  })
})

function pause(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis))
}

if (skip !== undefined) console.log(`kafka tables are skipped in ${runtime}: ${skip}`)
