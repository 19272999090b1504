/**
 * The formats of changes against Flink 2.3: it read the records in `corpus/*.in.json` and wrote its rows in the same format
 * (`services/src/record-changelogs.ts`). Ours are the same, byte by byte.
 */
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { describe, it } from "node:test"
import { fileURLToPath } from "node:url"
import { type FormatFactory, GrowingBytes, LogicalType } from "@millrace/core/internal"
import { contextOf } from "../../conformance/src/bulk.ts"
import { factory as canal } from "../src/canal.ts"
import { factory as debezium } from "../src/debezium.ts"
import { factory as maxwell } from "../src/maxwell.ts"
import { factory as ogg } from "../src/ogg.ts"

const { simple, string, bytes, timestamp } = LogicalType
/** As in `corpus/columns.sql`. */
const columns: Readonly<Record<string, LogicalType.LogicalType>> = {
  id: simple("BIGINT"),
  tiny: simple("TINYINT"),
  small: simple("SMALLINT"),
  big: simple("BIGINT"),
  real: simple("FLOAT"),
  dbl: simple("DOUBLE"),
  price: { kind: "DECIMAL", nullable: true, precision: 20, scale: 4 },
  yes: simple("BOOLEAN"),
  text: string,
  raw: bytes,
  day: simple("DATE"),
  clock: { kind: "TIME", nullable: true, precision: 0 },
  at: timestamp(6),
  seen: { kind: "TIMESTAMP_LTZ", nullable: true, precision: 3 },
  tags: { kind: "ARRAY", nullable: true, element: string },
  map: { kind: "MAP", nullable: true, key: string, value: simple("INT") },
  inner: {
    kind: "ROW",
    nullable: true,
    fields: [{ name: "x", type: simple("DOUBLE") }, { name: "y", type: string }]
  }
}
const physical = Object.entries(columns).map(([name, type]) => ({ name, type }))
const factories: ReadonlyArray<FormatFactory> = [canal, debezium, maxwell, ogg]

function corpus(name: string): Uint8Array {
  return readFileSync(fileURLToPath(new URL(`../corpus/${name}`, import.meta.url)))
}

describe("formats of changes", () => {
  for (const factory of factories) {
    const { identifier } = factory
    it(`${identifier} reads and writes changes as Flink does`, () => {
      const context = contextOf(factory, physical, {})
      const decoder = factory.decoder!(context, (record) => assert.fail(record.error))
      const given = new Uint8Array(corpus(`${identifier}.in.json`))
      assert.equal(decoder.decodeStream(given, 0, given.length, true, 1024), given.length)
      const out = new GrowingBytes()
      const encoder = factory.encoder!(context)
      while (decoder.rows > 0) encoder.encodeStream(decoder.take()!, out)
      const text = new TextDecoder()
      assert.equal(text.decode(out.view()), text.decode(corpus(`${identifier}.flink.json`)))
    })
  }
})
