/**
 * JSON values as trees, for functions of SQL: numbers keep their digits, keys of objects are written in order. Text after the first
 * value is not looked at, as in Flink.
 */

/** A number with the digits that it is written with. */
export class JsonNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** A JSON value; of equal keys the last counts. */
export type JsonTree =
  | null
  | boolean
  | string
  | JsonNumber
  | ReadonlyArray<JsonTree>
  | ReadonlyMap<string, JsonTree>

/** A text that is no JSON. */
export class JsonMistake extends Error {}

const depthMax = 1000
const numberForm = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
const stringForm = /"[^"\\]*(?:\\.[^"\\]*)*"/y
const spaceForm = /[ \t\n\r]*/y
const wordForm = /true|false|null/y

/** One run over a text. */
class Reader {
  private readonly text: string
  private at = 0
  private depth = 0

  constructor(text: string) {
    this.text = text
  }

  private take(form: RegExp): string | undefined {
    form.lastIndex = this.at
    const match = form.exec(this.text)
    if (match === null) return undefined
    this.at = form.lastIndex
    return match[0]
  }

  private accept(sign: string): boolean {
    this.take(spaceForm)
    if (this.text[this.at] !== sign) return false
    this.at++
    return true
  }

  private expect(sign: string): void {
    if (!this.accept(sign)) throw new JsonMistake(`no ${sign} at ${this.at}`)
  }

  value(): JsonTree {
    this.take(spaceForm)
    switch (this.text[this.at]) {
      case "{":
        return this.nested(() => this.object())
      case "[":
        return this.nested(() => this.array())
      case '"':
        return this.string()
      default:
        return this.scalar()
    }
  }

  private nested<A>(read: () => A): A {
    if (++this.depth > depthMax) throw new JsonMistake("too deep")
    this.at++
    const value = read()
    this.depth--
    return value
  }

  private string(): string {
    const text = this.take(stringForm)
    if (text === undefined) throw new JsonMistake(`no string at ${this.at}`)
    try {
      return JSON.parse(text) as string
    } catch {
      throw new JsonMistake(`a sign that no string holds before ${this.at}`)
    }
  }

  private scalar(): JsonTree {
    const word = this.take(wordForm)
    if (word !== undefined) return word === "null" ? null : word === "true"
    const number = this.take(numberForm)
    if (number === undefined) throw new JsonMistake(`no value at ${this.at}`)
    return new JsonNumber(
      /[.eE]/.test(number) ? decimalText(number) : number === "-0" ? "0" : number
    )
  }

  private object(): JsonTree {
    const entries = new Map<string, JsonTree>()
    if (this.accept("}")) return entries
    do {
      this.take(spaceForm)
      const key = this.string()
      this.expect(":")
      entries.set(key, this.value())
    } while (this.accept(","))
    this.expect("}")
    return entries
  }

  private array(): JsonTree {
    const items: Array<JsonTree> = []
    if (this.accept("]")) return items
    do items.push(this.value())
    while (this.accept(","))
    this.expect("]")
    return items
  }
}

/** The value that a text begins with. Throws {@link JsonMistake}. */
export function parseJson(text: string): JsonTree {
  return new Reader(text).value()
}

/** Decimal digits as Java's BigDecimal writes them: `1e5` is `1E+5`, `15.0e-1` is `1.50`. */
export function decimalText(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)
  if (match === null) return text
  const [, sign, whole = "", fraction = "", power = "0"] = match
  const digits = `${whole}${fraction}`.replace(/^0+(?=\d)/, "")
  const scale = fraction.length - Number(power)
  const adjusted = digits.length - 1 - scale
  const negative = digits === "0".repeat(digits.length) ? "" : sign
  if (scale === 0) return `${negative}${digits}`
  if (scale > 0 && adjusted >= -6) {
    const padded = digits.padStart(scale + 1, "0")
    return `${negative}${padded.slice(0, -scale)}.${padded.slice(-scale)}`
  }
  const mantissa = digits.length === 1 ? digits : `${digits[0]}.${digits.slice(1)}`
  return adjusted === 0
    ? `${negative}${mantissa}`
    : `${negative}${mantissa}E${adjusted < 0 ? "" : "+"}${adjusted}`
}

/** A tree as text without spaces, keys in order. */
export function writeJson(tree: JsonTree): string {
  if (tree === null || typeof tree === "boolean") return String(tree)
  if (typeof tree === "string") return writeString(tree)
  if (tree instanceof JsonNumber) return tree.text
  if (tree instanceof Map) {
    const keys = [...(tree as ReadonlyMap<string, JsonTree>).keys()].sort()
    return `{${keys.map((key) => `${writeString(key)}:${writeJson(tree.get(key)!)}`).join(",")}}`
  }
  return `[${(tree as ReadonlyArray<JsonTree>).map(writeJson).join(",")}]`
}

function writeString(text: string): string {
  return JSON.stringify(text).replace(
    /\\u00[0-9a-f]{2}/g,
    (escape) => `\\u${escape.slice(2).toUpperCase()}`
  )
}

/** Whether a value is neither an object nor an array. */
export function isScalar(tree: JsonTree): boolean {
  return tree === null || typeof tree !== "object" || tree instanceof JsonNumber
}
