/** The parts that stand on their own, against slower twins: Snappy, runs of codes, division of 64-bit times, time zones, text dictionaries. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "fast-check"
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js"
import { snappyUncompress } from "hyparquet/src/snappy.js"
import { snappyCompress, snappyUncompress as ownUncompress } from "@millrace/core/internal"
import { bitsFor, CodeRuns, decodeLevels, encodePacked, encodeRun } from "../src/run-length.ts"
import { TextDictionary } from "../src/text-dictionary.ts"
import { plainTimestamps } from "../src/time.ts"
import { makeZone } from "../src/zone.ts"

const seed = Number(process.env["SEED"] ?? 20261122)

describe(`the parts of Parquet (SEED=${seed})`, () => {
  // Claim: what is compressed is restored by another implementation. Generator: repeats of few and of many different
  // pieces, beyond the block of 64 KiB. A failure is a file that nobody can read.
  it("snappyCompress() is undone by another implementation", () => {
    const piece = fc.tuple(
      fc.uint8Array({ maxLength: 90, size: "max" }),
      fc.integer({ min: 1, max: 400 })
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12, size: "max" }), (pieces) => {
        const input = new Uint8Array(
          pieces.flatMap(([bytes, times]) => Array.from({ length: times }, () => [...bytes]).flat())
        )
        const packed = snappyCompress(input)
        const out = new Uint8Array(input.length)
        snappyUncompress(packed, out)
        assert.deepEqual(out, input)
        assert.deepEqual(ownUncompress(packed, input.length), input)
        if (input.length > 0) assert.equal(ownUncompress(packed, input.length - 1), undefined)
      }),
      { seed, numRuns: 60 }
    )
  })

  // Claim: codes are read back whatever pieces they are read in. Oracle: hyparquet's decoder. Generator: packed and plain
  // runs of every width up to 24 bits. A failure gives wrong strings.
  it("CodeRuns.read() gives the codes that were packed, in pieces of any size", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 24 }),
        fc.array(fc.nat(), { maxLength: 300, size: "max" }),
        fc.integer({ min: 1, max: 70 }),
        (width, numbers, piece) => {
          const codes = Int32Array.from(numbers, (value) => value % 2 ** width)
          const out = new Uint8Array(codes.length * 4 + 64)
          const half = codes.length >> 1
          // A packed run in the middle of a stream holds whole groups of eight.
          const first = half - half % 8
          let end = first === 0 ? 0 : encodePacked(codes, 0, first, width, out, 0)
          end = encodePacked(codes, first, codes.length - first, width, out, end)
          if (codes.length === 0) return
          const read = new Int32Array(codes.length)
          const runs = new CodeRuns(out, 0, end, width)
          for (let at = 0; at < codes.length; at += piece) {
            const count = Math.min(piece, codes.length - at)
            const max = runs.read(read.subarray(at), count)
            assert.equal(max, codes.subarray(at, at + count).reduce((a, b) => Math.max(a, b), 0))
          }
          assert.deepEqual(read, codes)
          const oracle = new Array<number>(codes.length)
          readRleBitPackedHybrid(
            { view: new DataView(out.buffer, 0, end), offset: 0 },
            width,
            oracle,
            end
          )
          assert.deepEqual(oracle, [...codes])
        }
      ),
      { seed, numRuns: 300 }
    )
  })

  it("CodeRuns.read() reads codes of 25 to 31 bits", () => {
    for (let width = 25; width <= 31; width++) {
      const codes = [0, 1, 2 ** width - 1, 2 ** (width - 1) + 3, 12345678, 7, 8, 9]
      const bits = codes.reduceRight((all, code) => (all << BigInt(width)) | BigInt(code), 0n)
      const bytes = new Uint8Array(1 + width)
      bytes[0] = 3
      for (let i = 0; i < width; i++) bytes[1 + i] = Number((bits >> BigInt(8 * i)) & 255n)
      const out = new Int32Array(8)
      new CodeRuns(bytes, 0, bytes.length, width).read(out, 8)
      assert.deepEqual([...out], codes)
    }
  })

  it("decodeLevels() gives the levels that were packed or run, and counts the top", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.nat(), { minLength: 1, maxLength: 100 }),
        (top, numbers) => {
          const levels = Uint8Array.from(numbers, (value) => value % (top + 1))
          const out = new Uint8Array(200)
          const width = bitsFor(top)
          const middle = encodeRun(top, 9, out, 0)
          const end = encodePacked(levels, 0, levels.length, width, out, middle)
          const read = new Uint8Array(levels.length + 9)
          const tops = decodeLevels(out, 0, end, width, top, read, read.length)
          assert.deepEqual([...read], [...Array<number>(9).fill(top), ...levels])
          assert.equal(tops, 9 + levels.filter((level) => level === top).length)
        }
      ),
      { seed, numRuns: 200 }
    )
  })

  // Claim: the division of INT64 by words is exact. Model: bigint. Generator: all of INT64 whose millis a double holds.
  it("plainTimestamps() divides INT64 exactly", () => {
    const units = [["MICROS", 1000n], ["NANOS", 1000000n]] as const
    fc.assert(
      fc.property(
        fc.constantFrom(...units),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        ([unit, per], value) => {
          fc.pre(value / per < 2n ** 53n && value / per > -(2n ** 53n))
          const bytes = new Uint8Array(BigInt64Array.of(value).buffer)
          const column = plainTimestamps(unit, { precision: 9, zone: undefined })(bytes, 0, 8, 1)
          const millis = (value - ((value % per) + per) % per) / per
          const rest = value - millis * per
          assert.equal(column.values[0], Number(millis))
          assert.equal(column.nanos[0], Number(rest * (1000000n / per)))
          const coarse = plainTimestamps(unit, { precision: 3, zone: undefined })(bytes, 0, 8, 1)
          assert.equal(coarse.values[0], Number(millis))
        }
      ),
      { seed, numRuns: 2000 }
    )
  })

  it("makeZone() goes to wall-clock time and back, and needs nothing for UTC", () => {
    assert.equal(makeZone("UTC"), undefined)
    const berlin = makeZone("Europe/Berlin")!
    for (let at = Date.UTC(2001, 0, 1); at < Date.UTC(2002, 0, 1); at += 13 * 3600000 + 1234567) {
      assert.equal(berlin.toInstant(berlin.toWall(at)), at)
    }
    assert.equal(berlin.toWall(Date.UTC(2001, 2, 25, 0, 59, 59)), Date.UTC(2001, 2, 25, 1, 59, 59))
    assert.equal(berlin.toWall(Date.UTC(2001, 2, 25, 1)), Date.UTC(2001, 2, 25, 3))
    // 02:30 does not exist on that day, and exists twice in October.
    assert.equal(berlin.toInstant(Date.UTC(2001, 2, 25, 2, 30)), Date.UTC(2001, 2, 25, 1, 30))
    assert.equal(berlin.toInstant(Date.UTC(2001, 9, 28, 2, 30)), Date.UTC(2001, 9, 28, 0, 30))
    const kolkata = makeZone("Asia/Kolkata")!
    assert.equal(kolkata.toWall(0), 19800000)
    assert.equal(kolkata.toInstant(19800000), 0)
  })

  it("TextDictionary.intern() gives equal texts one code and different texts different ones", () => {
    const dictionary = new TextDictionary()
    const codes = new Map<string, number>()
    for (let i = 0; i < 5000; i++) {
      const text = `t${(i * 7919) % 3001}`
      const bytes = new TextEncoder().encode(`..${text}`)
      const code = dictionary.intern(bytes, 2, bytes.length - 2)
      assert.equal(code, codes.get(text) ?? codes.size)
      codes.set(text, code)
      assert.equal(new TextDecoder().decode(dictionary.value(code)), text)
    }
    const sorted = [...codes.keys()].sort()
    const bounds = dictionary.bounds()!.map((code) =>
      new TextDecoder().decode(dictionary.value(code))
    )
    assert.deepEqual(bounds, [sorted[0], sorted.at(-1)])
  })
})
