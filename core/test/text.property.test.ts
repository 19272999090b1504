/** Text forms of SQL values: against the runtime's own calendar and number conversion, and known answers of Java. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "fast-check"
import { GrowingBytes, writeInteger, writeText } from "../src/batch/byte-sink.ts"
import { BytesBuilder } from "../src/batch/bytes-builder.ts"
import { textOf } from "../src/batch/render.ts"
import { decodeBase64, writeBase64 } from "../src/type/base64.ts"
import { civilOfDays, daysOfCivil, daysOfMonth, makeCivilDate } from "../src/type/civil.ts"
import * as Text from "../src/type/text.ts"
import * as Bytes from "../src/type/text-bytes.ts"
import { decimalText } from "../src/type/text-write.ts"
import { epochOfLocalMillis, makeTimeZone } from "../src/type/zone.ts"

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

describe("civil", () => {
  it("civilOfDays() and daysOfCivil() agree with Date over years -200 to 9999", () => {
    // Claim: both directions are the proleptic Gregorian calendar. Model: Date in UTC. A failure would mean wrong dates.
    fc.assert(
      fc.property(fc.integer({ min: -800000, max: 2932896 }), (days) => {
        const date = makeCivilDate()
        civilOfDays(days, date)
        const model = new Date(days * 86400000)
        assert.deepEqual(date, {
          year: model.getUTCFullYear(),
          month: model.getUTCMonth() + 1,
          day: model.getUTCDate()
        })
        assert.equal(daysOfCivil(date.year, date.month, date.day), days)
        assert.ok(date.day <= daysOfMonth(date.year, date.month))
      }),
      { numRuns: 2000 }
    )
  })
})

describe("text", () => {
  it("formatTimestamp() prints at least the digits of the precision and no zero beyond", () => {
    assert.equal(Text.formatTimestamp(0, 0, 3), "1970-01-01 00:00:00.000")
    assert.equal(Text.formatTimestamp(0, 0, 0), "1970-01-01 00:00:00")
    assert.equal(Text.formatTimestamp(1500, 0, 0), "1970-01-01 00:00:01.5")
    assert.equal(Text.formatTimestamp(-1, 120000, 6), "1969-12-31 23:59:59.999120")
    assert.equal(Text.formatTimestamp(-62135596800000, 0, 0), "0001-01-01 00:00:00")
  })

  it("formatTime() prints one digit of the fraction at least, when the type has one", () => {
    const cases: ReadonlyArray<[number, number, string]> = [
      [0, 0, "00:00:00"],
      [0, 3, "00:00:00.0"],
      [1500, 3, "00:00:01.5"],
      [86399999, 3, "23:59:59.999"],
      [86399999, 1, "23:59:59.9"],
      [86399009, 0, "23:59:59"]
    ]
    for (const [millis, precision, text] of cases) {
      assert.equal(Text.formatTime(millis, precision), text)
    }
  })

  it("parseTimestamp() reads what formatTimestamp() prints, and parseTimestampBytes() the same", () => {
    // Claim: print, read = the value; string and byte readers agree. A failure would mean that casts and formats differ.
    const millis = fc.integer({ min: -62135596800000, max: 253402300799999 })
    fc.assert(
      fc.property(millis, fc.integer({ min: 0, max: 999999 }), (at, nanos) => {
        const text = Text.formatTimestamp(at, nanos, 9)
        assert.deepEqual(Text.parseTimestamp(text), { millis: at, nanos })
        const out = Bytes.makeInstant()
        assert.ok(Bytes.parseTimestampBytes(utf8(`x${text}y`), 1, text.length, 32, out))
        assert.deepEqual(out, { millis: at, nanos })
      }),
      { numRuns: 1000 }
    )
  })

  it("parseTimestamp() takes what Flink's cast takes and nothing else", () => {
    const at = (text: string): number | undefined => Text.parseTimestamp(text)?.millis
    assert.equal(at("1970-1-2"), 86400000)
    assert.equal(at("1970-1-1 1:2:3"), 3723000)
    assert.equal(at("1970-02-31 00:00:00"), 58 * 86400000)
    assert.equal(at("1969-12-31 24:00:00"), 0)
    for (
      const text of [
        "",
        "1970",
        "1970-13-01",
        "1970-01-32",
        "1970-01-01 25:00:00",
        "1970-01-01 00:60:00",
        "1970-01-01 00:00",
        "1970-01-01 00:00:00.1234567890",
        "1970-01-01 24:00:01",
        "x1970-01-01"
      ]
    ) assert.equal(at(text), undefined, text)
  })

  it("parseDate() and parseTime() take short forms and refuse days that do not exist", () => {
    assert.equal(Text.parseDate("1970"), 0)
    assert.equal(Text.parseDate("1970-2-1 10:00:00"), 31)
    assert.equal(Text.parseDate("2021-02-29"), undefined)
    assert.equal(Text.parseTime("1"), 3600000)
    assert.equal(Text.parseTime("01:02:03.1235"), 3723124)
    assert.equal(Text.parseTime("24:00:00"), undefined)
  })

  it("formatDouble() and formatFloat() print as Java does", () => {
    const cases: ReadonlyArray<[number, string]> = [
      [1, "1.0"],
      [-0, "-0.0"],
      [1e7, "1.0E7"],
      [9999999, "9999999.0"],
      [0.001, "0.001"],
      [0.0001, "1.0E-4"],
      [1.5e300, "1.5E300"],
      [123456.789, "123456.789"],
      [NaN, "NaN"],
      [-Infinity, "-Infinity"]
    ]
    for (const [value, text] of cases) assert.equal(Text.formatDouble(value), text)
    assert.equal(Text.formatFloat(Math.fround(0.1)), "0.1")
    assert.equal(Text.formatFloat(Math.fround(3.4e38)), "3.4E38")
    assert.equal(Text.formatFloat(16777216), "1.6777216E7")
  })

  it("formatDouble() and formatFloat() read back to the same bits", () => {
    // Claim: printing loses nothing. Model: Number(). A failure would mean that a cast to STRING and back changes a value.
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        assert.ok(Object.is(Number(Text.formatDouble(value)), value))
        const bytes = utf8(Text.formatDouble(value))
        if (Number.isFinite(value)) {
          assert.ok(Object.is(Bytes.parseF64Bytes(bytes, 0, bytes.length), value))
        }
      }),
      { numRuns: 2000 }
    )
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) => {
        assert.ok(Object.is(Math.fround(Number(Text.formatFloat(value))), value))
      }),
      { numRuns: 1000 }
    )
  })

  it("parseF64Bytes() is Number() for every decimal number, and NaN for other text", () => {
    const digits = fc.stringMatching(/^[0-9]{0,20}$/)
    const exponent = fc.option(fc.integer({ min: -330, max: 330 }))
    fc.assert(
      fc.property(
        digits,
        digits,
        exponent,
        fc.constantFrom("", "-", "+"),
        (whole, part, power, sign) => {
          const text = `${sign}${whole}${part === "" ? "" : `.${part}`}${
            power === null ? "" : `e${power}`
          }`
          const found = Bytes.parseF64Bytes(utf8(text), 0, text.length)
          const model = whole + part === "" ? NaN : Number(text)
          assert.ok(Object.is(found, model), `${text}: ${found} is not ${model}`)
        }
      ),
      { numRuns: 3000 }
    )
    for (const text of ["", "-", ".", "1x", "0x1", "1e", "1 ", "NaN", "Infinity", "--1"]) {
      assert.ok(Number.isNaN(Bytes.parseF64Bytes(utf8(text), 0, text.length)), text)
    }
  })

  it("parseI64Bytes() and parseWideBytes() together read every 64-bit integer exactly", () => {
    const near = fc.bigInt({ min: -5n, max: 5n }).map((d) => 2n ** 52n + d)
    const any = fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n })
    fc.assert(
      fc.property(fc.oneof(any, near, near.map((n) => -n)), (value) => {
        const bytes = utf8(String(value))
        const narrow = Bytes.parseI64Bytes(bytes, 0, bytes.length)
        const fits = value <= 2n ** 52n && value >= -(2n ** 52n)
        assert.equal(Number.isNaN(narrow), !fits)
        if (fits) assert.equal(BigInt(narrow), value)
        const wide = Bytes.parseWideBytes(bytes, 0, bytes.length)
        assert.equal(wide, BigInt.asIntN(64, value) === value ? value : undefined)
      }),
      { numRuns: 1000 }
    )
  })

  it("parseDecimal() reads what formatDecimal() and decimalText() print, and rounds half up", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }),
        fc.nat({ max: 38 }),
        (unscaled, scale) => {
          assert.equal(Text.parseDecimal(Text.formatDecimal(unscaled, scale), 38, scale), unscaled)
          assert.equal(Text.parseDecimal(decimalText(unscaled, scale, false), 38, scale), unscaled)
          assert.equal(Text.parseDecimal(decimalText(unscaled, scale, true), 38, scale), unscaled)
        }
      ),
      { numRuns: 1000 }
    )
    assert.equal(Text.parseDecimal("1.005", 5, 2), 101n)
    assert.equal(Text.parseDecimal("-1.005", 5, 2), -101n)
    assert.equal(Text.parseDecimal("9.995", 3, 2), undefined)
    assert.equal(Text.parseDecimal("0.5", 1, 0), 1n)
    assert.equal(Text.parseDecimal("1e999999999", 38, 0), undefined)
    assert.equal(Text.parseDecimal("1e-999999999", 38, 0), 0n)
    for (const text of ["", ".", "e1", "1..2", "1e", "x"]) {
      assert.equal(Text.parseDecimal(text, 9, 2), undefined)
    }
    assert.equal(decimalText(10000000n, 2, false), "1E+5")
    assert.equal(decimalText(27n, 9, false), "2.7E-8")
    assert.equal(decimalText(27n, 9, true), "0.000000027")
  })
})

describe("TimeZone", () => {
  it("TimeZone.offsetMillis() changes at the very second of daylight saving", () => {
    const zone = makeTimeZone("America/New_York")!
    const change = Date.UTC(2021, 2, 14, 7)
    assert.equal(zone.offsetMillis(change - 1), -5 * 3600000)
    assert.equal(zone.offsetMillis(change), -4 * 3600000)
    assert.equal(zone.offsetMillis(Date.UTC(1850, 0, 1)), -17762000)
    assert.equal(makeTimeZone("Asia/Kathmandu")!.offsetMillis(0), 5.5 * 3600000)
    assert.equal(makeTimeZone("GMT-08:30")!.offsetMillis(0), -8.5 * 3600000)
    assert.equal(makeTimeZone("Mars/Olympus"), undefined)
    assert.equal(makeTimeZone("+19:00"), undefined)
  })

  it("epochOfLocalMillis() undoes the offset, takes the first of two and moves over a gap", () => {
    // Claim: the answer shows the given clock, except in a gap. Model: offsetMillis. A failure would mean hours lost in casts.
    const zone = makeTimeZone("Europe/Berlin")!
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 41 }), (local) => {
        const epoch = epochOfLocalMillis(zone, local)
        const shown = epoch + zone.offsetMillis(epoch)
        assert.ok(shown === local || shown === local + 3600000)
      }),
      { numRuns: 300 }
    )
    assert.equal(
      epochOfLocalMillis(zone, Date.UTC(2021, 9, 31, 2, 30)),
      Date.UTC(2021, 9, 31, 0, 30)
    )
    assert.equal(
      epochOfLocalMillis(zone, Date.UTC(2021, 2, 28, 2, 30)),
      Date.UTC(2021, 2, 28, 1, 30)
    )
  })
})

describe("byte sinks", () => {
  it("writeInteger() prints every safe integer", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const out = new GrowingBytes(1)
        writeInteger(out, value)
        assert.equal(new TextDecoder().decode(out.view()), String(Object.is(value, -0) ? 0 : value))
      }),
      { numRuns: 1000 }
    )
  })

  it("writeText(), BytesBuilder and base64 keep every text and every byte", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme", maxLength: 50 }), { maxLength: 5 }),
        (texts) => {
          const out = new GrowingBytes(1)
          const builder = new BytesBuilder(1)
          for (const text of texts) {
            writeText(out, text)
            builder.pushText(text)
            builder.pushNull()
            const bytes = utf8(text)
            builder.push(bytes, 0, bytes.length)
          }
          assert.equal(
            new TextDecoder("utf-8", { ignoreBOM: true }).decode(out.view()),
            texts.join("")
          )
          const column = builder.finish()
          texts.forEach((text, i) => {
            assert.equal(textOf(column, 3 * i), text)
            assert.equal(column.nulls![3 * i + 1], 1)
            assert.equal(textOf(column, 3 * i + 2), text)
          })
        }
      ),
      { numRuns: 300 }
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        const out = new GrowingBytes(1)
        writeBase64(out, bytes, 0, bytes.length)
        assert.equal(new TextDecoder().decode(out.view()), btoa(String.fromCharCode(...bytes)))
        assert.deepEqual(decodeBase64(out.bytes, 0, out.length), bytes)
      }),
      { numRuns: 300 }
    )
    for (const text of ["A", "AA=A", "AB==", "A===", "****"]) {
      assert.equal(decodeBase64(utf8(text), 0, text.length), undefined, text)
    }
  })
})
