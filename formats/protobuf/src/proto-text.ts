/**
 * The text of a .proto file to declarations: proto2 and proto3, as far as data needs it. Services and extensions are passed; groups and editions
 * are refused by name.
 */
import type { DeclaredField, DeclaredFile, DeclaredMessage } from "./declared.ts"
import { fail } from "./problem.ts"
import type { EnumType } from "./schema.ts"

/** A parsed file and the files that it imports. */
export interface ProtoFile extends DeclaredFile {
  readonly imports: ReadonlyArray<string>
}

/** Messages within one another. */
const depthMax = 64

/** Parse a file. `name` is for messages. Throws Problem with the line. */
export function parseProto(text: string, name: string): ProtoFile {
  return new Parser(text, name).file()
}

class Parser {
  private readonly tokens: ReadonlyArray<{ readonly text: string; readonly line: number }>
  private readonly name: string
  private at = 0

  constructor(text: string, name: string) {
    this.name = name
    this.tokens = tokensOf(text, name)
  }

  file(): ProtoFile {
    let syntax: "proto2" | "proto3" = "proto2"
    let scope = ""
    const imports: Array<string> = []
    const messages: Array<DeclaredMessage> = []
    const enums: Array<EnumType> = []
    while (this.at < this.tokens.length) {
      switch (this.peek()) {
        case "syntax":
          this.at++
          this.expect("=")
          syntax = this.syntax()
          break
        case "edition":
          return this.wrong("Expected proto2 or proto3 but found an edition")
        case "package":
          this.at++
          scope = this.next()
          this.expect(";")
          break
        case "import":
          this.at++
          if (this.peek() === "public" || this.peek() === "weak") this.at++
          imports.push(this.string())
          this.expect(";")
          break
        case "message":
          messages.push(this.message(syntax, 0))
          break
        case "enum":
          enums.push(this.enumeration())
          break
        case ";":
          this.at++
          break
        case "option":
        case "service":
        case "extend":
          this.pass()
          break
        default:
          this.wrong(`Expected a declaration but found "${this.peek()}"`)
      }
    }
    return { syntax, package: scope, imports, messages, enums }
  }

  private syntax(): "proto2" | "proto3" {
    const text = this.string()
    this.expect(";")
    if (text !== "proto2" && text !== "proto3") {
      return this.wrong(`Expected the syntax proto2 or proto3 but found "${text}"`)
    }
    return text
  }

  private peek(): string {
    return this.tokens[this.at]?.text ?? ""
  }

  private next(): string {
    const token = this.tokens[this.at]
    if (token === undefined) return this.wrong("The file ends within a declaration")
    this.at++
    return token.text
  }

  private expect(text: string): void {
    const found = this.next()
    if (found !== text) {
      this.at--
      this.wrong(`Expected "${text}" but found "${found}"`)
    }
  }

  private wrong(problem: string): never {
    const line = this.tokens[Math.min(this.at, this.tokens.length - 1)]?.line ?? 1
    return fail(`${problem} (${this.name}, line ${line})`)
  }

  private string(): string {
    const text = this.next()
    if (!/^["']/.test(text)) return this.wrong(`Expected a text in quotes but found "${text}"`)
    return text.slice(1, -1)
  }

  private number(): number {
    const text = this.next()
    const value = text === "-" ? -Number(this.next()) : Number(text)
    if (!Number.isInteger(value)) return this.wrong(`Expected a number but found "${text}"`)
    return value
  }

  /** Pass a statement or a block with all in it. */
  private pass(): void {
    for (let depth = 0;;) {
      const token = this.next()
      if (token === "{" || token === "[") depth++
      else if (token === "}" || token === "]") depth--
      if (depth === 0 && (token === ";" || token === "}")) return
    }
  }

  private message(syntax: string, depth: number): DeclaredMessage {
    this.expect("message")
    const name = this.next()
    const message: DeclaredMessage = { name, map: false, fields: [], messages: [], enums: [] }
    if (depth > depthMax) this.wrong(`Expected at most ${depthMax} messages within one another`)
    this.expect("{")
    this.body(message, syntax, undefined, depth)
    return message
  }

  private body(
    message: DeclaredMessage,
    syntax: string,
    oneof: string | undefined,
    depth: number
  ): void {
    for (;;) {
      const token = this.peek()
      // A field may have any of these words as its type or name; what follows tells.
      const block = this.tokens[this.at + 2]?.text === "{"
      if (token === "}") {
        this.at++
        return
      }
      if (token === ";") this.at++
      else if (token === "message" && block) message.messages.push(this.message(syntax, depth + 1))
      else if (token === "enum" && block) message.enums.push(this.enumeration())
      else if (token === "oneof" && block) {
        this.at++
        const name = this.next()
        this.expect("{")
        this.body(message, syntax, name, depth)
      } else if (
        token === "option" || token === "reserved" || token === "extensions" || token === "extend"
      ) this.pass()
      else if (token === "map" && this.tokens[this.at + 1]?.text === "<") this.map(message)
      else message.fields.push(this.field(oneof))
    }
  }

  private field(oneof: string | undefined): DeclaredField {
    const first = this.peek()
    const label = first === "optional" || first === "required" || first === "repeated"
      ? this.next() as "optional"
      : "none"
    const type = this.next()
    if (type === "group") this.wrong("Expected a field but found a group, which is not supported")
    const name = this.next()
    this.expect("=")
    const number = this.number()
    return { name, number, label, type, oneof, ...this.options() }
  }

  private options(): {
    readonly packed: boolean | undefined
    readonly default: string | undefined
  } {
    let packed: boolean | undefined
    let initial: string | undefined
    if (this.peek() === "[") {
      while (this.peek() !== "]") {
        this.at++
        const name = this.peek()
        if (name === "packed" || name === "default") {
          this.at++
          this.expect("=")
          let value = this.next()
          if (value === "-") value += this.next()
          if (name === "packed") packed = value === "true"
          else initial = /^["']/.test(value) ? unescaped(value.slice(1, -1)) : value
        } else {
          for (let depth = 0; depth > 0 || !/^[\],]$/.test(this.peek());) {
            const token = this.next()
            if (/^[{[(]$/.test(token)) depth++
            else if (/^[}\])]$/.test(token)) depth--
          }
        }
      }
      this.at++
    }
    this.expect(";")
    return { packed, default: initial }
  }

  private map(message: DeclaredMessage): void {
    this.at += 2
    const key = this.next()
    this.expect(",")
    const value = this.next()
    this.expect(">")
    const name = this.next()
    this.expect("=")
    const number = this.number()
    const options = this.options()
    const part = { label: "none" as const, oneof: undefined, packed: undefined, default: undefined }
    const entry = `${name}#entry`
    message.messages.push({
      name: entry,
      map: true,
      messages: [],
      enums: [],
      fields: [
        { ...part, name: "key", number: 1, type: key },
        { ...part, name: "value", number: 2, type: value }
      ]
    })
    message.fields.push({
      name,
      number,
      label: "repeated",
      type: entry,
      oneof: undefined,
      ...options
    })
  }

  private enumeration(): EnumType {
    this.expect("enum")
    const type: EnumType = { name: this.next(), values: [] }
    this.expect("{")
    while (this.peek() !== "}") {
      const token = this.peek()
      if (token === ";") {
        this.at++
        continue
      }
      if (token === "option" || token === "reserved") {
        this.pass()
        continue
      }
      const name = this.next()
      this.expect("=")
      const number = this.number()
      this.options()
      type.values.push({ name, number })
    }
    this.at++
    if (type.values.length === 0) this.wrong(`The enum "${type.name}" has no values`)
    return type
  }
}

function unescaped(text: string): string {
  const names: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" }
  return text.replace(/\\(.)/g, (_, one: string) => names[one] ?? one)
}

function tokensOf(
  text: string,
  name: string
): Array<{ readonly text: string; readonly line: number }> {
  const tokens: Array<{ readonly text: string; readonly line: number }> = []
  const pattern =
    /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\.?[A-Za-z_][\w.]*|[\d][\w.+]*|[{}[\]();=<>,:-])/gy
  let line = 1
  while (pattern.lastIndex < text.length) {
    const from = pattern.lastIndex
    const match = pattern.exec(text)
    if (match === null) {
      return fail(
        `Expected a declaration but found "${text.slice(from, from + 10)}" (${name}, line ${line})`
      )
    }
    if (match[1] !== undefined) tokens.push({ text: match[1], line })
    line += match[0].split("\n").length - 1
  }
  return tokens
}
