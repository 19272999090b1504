/**
 * `avro-confluent` with real registries: franz-go's in each run, Apicurio too when it runs (`npm run services -- start registry`) or with `REGISTRY=apicurio`.
 * Node only: the servers are the same for all runtimes, and `avro-confluent.test.ts` runs on all.
 */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { GrowingBytes, LogicalType } from "@millrace/core/internal"
import { columnOf, contextOf, type Value, valueAt } from "../../conformance/src/bulk.ts"
import { MissingPrerequisite, running, start, stop } from "../../../services/src/mod.ts"
import { factory } from "../src/confluent.ts"

type Row = ReadonlyArray<Value>
const { simple, string } = LogicalType
const id: LogicalType.Field = { name: "id", type: simple("INT", false) }
const name: LogicalType.Field = { name: "name", type: string }
const extra: LogicalType.Field = { name: "extra", type: simple("DOUBLE") }
const other = (process.env["MILLRACE_TEST_RUNTIME"] ?? "node") !== "node"

function contextFor(
  url: string,
  subject: string,
  physical: LogicalType.RowType
): ReturnType<typeof contextOf> {
  return contextOf(factory, physical, {
    "avro-confluent.url": url,
    "avro-confluent.subject": subject
  })
}

async function write(
  url: string,
  subject: string,
  physical: LogicalType.RowType,
  row: Row
): Promise<Uint8Array> {
  const encoder = factory.encoder!(contextFor(url, subject, physical))
  await encoder.prepare!()
  const out = new GrowingBytes(8)
  encoder.encodeRow(physical.map((field, i) => columnOf(field.type, [row[i]!], "plain")), 0, out)
  return out.view().slice()
}

async function read(
  url: string,
  physical: LogicalType.RowType,
  messages: ReadonlyArray<Uint8Array>
): Promise<ReadonlyArray<Row>> {
  const decoder = factory.decoder!(
    contextFor(url, "any", physical),
    (record) => assert.fail(record.error)
  )
  for (const message of messages) {
    decoder.decodeMessage(message, 0, message.length)
    if (decoder.waiting === undefined) continue
    await decoder.waiting
    decoder.decodeMessage(message, 0, message.length)
  }
  const rows: Array<Row> = []
  while (decoder.rows > 0) {
    const batch = decoder.take()!
    for (let row = 0; row < batch.rows; row++) {
      rows.push(batch.columns.map((column, i) => valueAt(physical[i]!.type, column, row)))
    }
  }
  return rows
}

/** Schemas that change with time, each reader with a table of its own. */
async function evolution(url: string): Promise<void> {
  const subject = `s${process.pid}-value`
  const older = await write(url, subject, [id, name], [1, "a"])
  const newer = await write(url, subject, [id, extra, name], [2, 0.5, "b"])
  const again = await write(url, subject, [id, name], [3, null])
  assert.deepEqual(older.subarray(0, 5), again.subarray(0, 5), "a schema keeps its number")
  assert.notDeepEqual(older.subarray(0, 5), newer.subarray(0, 5))
  const messages = [older, newer, again]
  assert.deepEqual(await read(url, [id, name], messages), [[1, "a"], [2, "b"], [3, null]])
  assert.deepEqual(await read(url, [extra, id], messages), [[null, 1], [0.5, 2], [null, 3]])
}

describe(
  "avro-confluent with real registries",
  { skip: other ? "runs on Node only" : false },
  () => {
    it("schemas evolve over franz-go's registry", async (context) => {
      const before = running("registry-small")
      try {
        await evolution((await start("registry-small")).addresses["SCHEMA_REGISTRY"]!)
        if (before === undefined) await stop("registry-small")
      } catch (error) {
        if (!(error instanceof MissingPrerequisite) || process.env["CI"] === "true") throw error
        context.skip(error.message)
      }
    })

    it("schemas evolve over Apicurio, which refuses an incompatible one", async (context) => {
      const wanted = process.env["REGISTRY"] === "apicurio"
      const before = running("registry")
      const server = wanted ? await start("registry") : before
      if (server === undefined) {
        context.skip("Apicurio does not run")
        return
      }
      const url = server.addresses["SCHEMA_REGISTRY"]!
      await evolution(url)
      const subject = `c${process.pid}-value`
      await write(url, subject, [id], [1])
      const set = await fetch(`${url}/config/${subject}`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ compatibility: "BACKWARD" })
      })
      assert.ok(set.ok, await set.text())
      const needed: LogicalType.Field = { name: "needed", type: simple("INT", false) }
      await assert.rejects(write(url, subject, [id, needed], [1, 2]), {
        _tag: "RegistryRefused",
        status: 409
      })
      if (before === undefined) await stop("registry")
    })
  }
)
