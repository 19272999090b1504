/**
 * Claim: what is stored comes back exactly, and no bytes whatever make the decoders fail in an untyped way. Model: identity.
 * A failure would mean wrong state after a restore, or a crash on a damaged file.
 */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import * as zlib from "node:zlib"
import fc from "fast-check"
import { crc32 } from "../src/checkpoint/crc32.ts"
import { decodeManifest, encodeManifest, type Manifest } from "../src/checkpoint/manifest.ts"
import { CheckpointFault } from "../src/checkpoint/checkpoint-fault.ts"
import {
  CodecFault,
  decodePlain,
  encodePlain,
  plainDepthMax
} from "../src/checkpoint/plain-codec.ts"
import { decodeSnapshot, encodeSnapshot } from "../src/checkpoint/snapshot-codec.ts"
import { jobDirectory } from "../src/checkpoint/store-path.ts"
import type { Plain, Snapshot } from "../src/operator/operator.ts"

const plain: fc.Arbitrary<Plain> = fc.letrec<{ value: Plain }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<Plain>(null, undefined, true, false, -0, NaN, Infinity, -Infinity, "\ud800x"),
    fc.integer(),
    fc.double(),
    fc.bigInt(),
    fc.string({ unit: "binary" }),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => new Uint8Array(bytes)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor")),
      tie("value"),
      {
        maxKeys: 4,
        noNullPrototype: true
      }
    )
  )
})).value

describe("plain codec", () => {
  it("decodePlain() gives back what encodePlain() took", () => {
    fc.assert(
      fc.property(plain, (value) => {
        assert.deepStrictEqual(decodePlain(encodePlain(value)), value)
      }),
      { numRuns: 500 }
    )
    assert.equal(({} as { polluted?: unknown }).polluted, undefined)
  })

  it("decodePlain() answers changed or cut bytes by a value or a CodecFault", () => {
    const position = fc.nat(10000)
    fc.assert(
      fc.property(plain, position, fc.nat(255), position, (value, at, byte, cut) => {
        const bytes = encodePlain(value)
        bytes[at % bytes.length] = byte
        for (const given of [bytes, bytes.subarray(0, cut % bytes.length)]) {
          try {
            decodePlain(given)
          } catch (fault) {
            assert.ok(fault instanceof CodecFault, String(fault))
          }
        }
      }),
      { numRuns: 1000 }
    )
  })

  it("encodePlain() refuses what is not plain or nests too deep", () => {
    let deep: Plain = []
    for (let i = 0; i < plainDepthMax; i++) deep = [deep]
    assert.deepStrictEqual(decodePlain(encodePlain(deep)), deep)
    assert.throws(() => encodePlain([deep]), /nests at most/)
    assert.throws(() => encodePlain((() => 1) as unknown as Plain), /not a function/)
    assert.throws(() => encodePlain(new Map() as unknown as Plain), /not a Map/)
  })
})

describe("snapshot codec", () => {
  it("decodeSnapshot() gives back groups, items and union, and refuses cut bytes", () => {
    const snapshot = fc.record({
      groups: fc.uniqueArray(fc.tuple(fc.nat(128), fc.uint8Array()), { selector: (e) => e[0] })
        .map((entries) => new Map(entries.map(([g, b]) => [g, new Uint8Array(b)] as const))),
      items: fc.array(plain, { maxLength: 3 }),
      union: fc.array(plain, { maxLength: 3 })
    }, { requiredKeys: [] })
    fc.assert(
      fc.property(snapshot, fc.nat(10000), (given, cut) => {
        const parts = encodeSnapshot(given as Snapshot)
        const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
        parts.reduce((at, part) => (bytes.set(part, at), at + part.length), 0)
        const back = decodeSnapshot(bytes)
        assert.deepStrictEqual(
          [...back.groups ?? []],
          [...given.groups ?? []].sort((a, b) => a[0] - b[0])
        )
        assert.deepStrictEqual({ ...back, groups: 0 }, { ...given, groups: 0 })
        assert.throws(() => decodeSnapshot(bytes.subarray(0, cut % bytes.length)), CodecFault)
      }),
      { numRuns: 300 }
    )
  })
})

describe("crc32", () => {
  it("crc32() equals zlib's, also in pieces", { skip: zlib.crc32 === undefined }, () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
      const at = Math.min(cut, bytes.length)
      assert.equal(crc32(bytes.subarray(at), crc32(bytes.subarray(0, at))), zlib.crc32(bytes))
    }))
    assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926)
  })
})

const manifest: Manifest = {
  job: "delays",
  run: "1-a",
  checkpoint: 3,
  attempt: 1,
  final: false,
  groupsMax: 128,
  hash: "murmur3_32",
  segmentBytes: 10,
  names: [["a", "scan"]],
  enumerators: [["a", { inline: "AAA=" }]],
  subtasks: [{ task: "t", subtask: 0, operators: [["a", { at: 0, bytes: 10, crc: 7 }]] }]
}

describe("manifest", () => {
  it("decodeManifest() detects every flipped bit and every truncation", () => {
    const bytes = encodeManifest(manifest)
    assert.deepStrictEqual(decodeManifest(bytes, "p"), manifest)
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice()
      flipped[bit >> 3] = flipped[bit >> 3]! ^ (1 << (bit & 7))
      assert.throws(() => decodeManifest(flipped, "p"), CheckpointFault, `bit ${bit}`)
    }
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => decodeManifest(bytes.subarray(0, length), "p"), CheckpointFault)
    }
  })

  it("decodeManifest() refuses another version by its number", () => {
    const text = new TextDecoder().decode(encodeManifest(manifest)).replace(
      "checkpoint 3 ",
      "checkpoint 4 "
    )
    assert.throws(() => decodeManifest(new TextEncoder().encode(text), "dir/chk-3"), {
      reason: "version",
      message:
        /^Cannot use the checkpoint "dir\/chk-3": it has format version 4, and this Millrace reads version 3; /
    })
  })
})

describe("store path", () => {
  it("jobDirectory() keeps jobs apart and inside the directory", () => {
    assert.equal(jobDirectory("c", "delays"), "c/delays")
    assert.equal(jobDirectory("c/", "../x/a b.sql"), "c/%2E.%2Fx%2Fa%20b.sql")
    const job = fc.string({ unit: "binary", maxLength: 300 })
    fc.assert(
      fc.property(job, job, (a, b) => {
        const path = jobDirectory("c", a)
        assert.match(path, /^c\/[A-Za-z0-9_%-][A-Za-z0-9_.%-]{0,200}$/)
        assert.equal(path === jobDirectory("c", b), a.toWellFormed() === b.toWellFormed())
      }),
      { numRuns: 500 }
    )
  })
})
