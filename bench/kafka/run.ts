/**
 * `node bench/kafka/run.ts [rows]`: topic to topic as JSON with a filter, exactly once, a checkpoint each second; topic to nothing; and the
 * library's own consumer on the same topic. CPU seconds are of the whole process of each part, which does nothing else.
 */
import { spawnSync } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { Consumer, type Message } from "@platformatic/kafka"
import { freshName, Other, runSql } from "../../connectors/kafka/test/support.ts"
import { startBroker } from "../../services/src/mod.ts"

const rowsDefault = 460_000
const [part, address, topic, count] = process.argv.slice(2)

if (part === undefined || /^\d+$/.test(part)) await all(Number(part ?? rowsDefault))
else await one(part, address!, topic!, Number(count))
process.exit(0)

/** Fill a topic, then run each part in a process of its own. */
async function all(rows: number): Promise<void> {
  const broker = await startBroker()
  const other = new Other(broker.address)
  const name = freshName("bids")
  await other.create(name, 1)
  await other.produce(name, Array.from({ length: rows }, (_, i) => ({ value: bid(i) })))
  for (const each of ["copy", "read", "library"]) {
    const args = [fileURLToPath(import.meta.url), each, broker.address, name, String(rows)]
    const result = spawnSync(process.execPath, args, { encoding: "utf8" })
    console.log(result.stdout.trim() || result.stderr)
  }
  await other.close()
  await broker.close()
}

function bid(i: number): string {
  const price = 100 + (i * 7919) % 10_000_000
  return `{"auction":${1000 + i % 971},"bidder":${
    1000 + i % 5_003
  },"price":${price},"channel":"channel-${i % 97}",` +
    `"url":"https://www.example.org/abc/def/item.htm?query=1&channel_id=${i}","date_time":"2025-01-01 00:00:${
      String(i % 60).padStart(2, "0")
    }.${String(i % 1000).padStart(3, "0")}","extra":"${"x".repeat(40)}"}`
}

/** One part, measured. */
async function one(name: string, broker: string, from: string, rows: number): Promise<void> {
  const columns =
    "auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, date_time TIMESTAMP(3), extra STRING"
  const common =
    `'connector' = 'kafka', 'properties.bootstrap.servers' = '${broker}', 'format' = 'json'`
  const source =
    `CREATE TABLE bids (${columns}) WITH (${common}, 'topic' = '${from}', 'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset');`
  const to = freshName("copy")
  const began = performance.now()
  if (name === "copy") {
    await runSql(
      `SET 'execution.checkpointing.interval' = '1 s'; ${source}
       CREATE TABLE dear (${columns}) WITH (${common}, 'topic' = '${to}', 'sink.delivery-guarantee' = 'exactly-once', 'sink.transactional-id-prefix' = '${to}');
       INSERT INTO dear SELECT * FROM bids WHERE price > 100;`
    )
  } else if (name === "read") {
    await runSql(
      `${source} CREATE TABLE nothing (${columns}) WITH ('connector' = 'blackhole'); INSERT INTO nothing SELECT * FROM bids;`
    )
  } else await library(broker, from, rows)
  const { user, system } = process.cpuUsage()
  const cpuSeconds = (user + system) / 1e6
  const wallSeconds = (performance.now() - began) / 1000
  console.log(
    `${name}: ${rows} rows, ${wallSeconds.toFixed(2)} s, ${cpuSeconds.toFixed(2)} CPU s, ${
      Math.round(rows / cpuSeconds)
    } rows per CPU s`
  )
}

/** The library's own consumer, each value parsed by JSON.parse. */
async function library(broker: string, from: string, rows: number): Promise<void> {
  const [host, port] = broker.split(":") as [string, string]
  const consumer = new Consumer({
    clientId: "bench",
    groupId: freshName("bench"),
    bootstrapBrokers: [{ host, port: Number(port) }],
    autocommit: false
  })
  const stream = await consumer.consume({ topics: [from], mode: "earliest", maxWaitTime: 100 })
  let seen = 0
  let sum = 0
  for await (const message of stream as AsyncIterable<Message<Buffer, Buffer, Buffer, Buffer>>) {
    const { price } = JSON.parse(message.value.toString()) as { price: number }
    sum += price
    if (++seen === rows) break
  }
  if (sum <= 0) throw new Error("nothing was read")
  await consumer.close(true)
}
