/**
 * LIKE, SIMILAR TO and regular expressions. A LIKE pattern that is only a prefix, a suffix, a part or the whole is compared on bytes;
 * Java's regular expressions are read as JavaScript's, whose common part is large.
 */
import { encodeUtf8 } from "../../batch/utf8.ts"
import { type LogicalType, simple } from "../../type/logical-type.ts"
import { boxedCall } from "./math.ts"
import type { Boxed, Call, Emit, Evaluator, ScalarFunction, Value } from "./definition.ts"
import { excerpt, ExpressionFault } from "./fault.ts"
import { scalar } from "./simple.ts"
import { indexOfBytes, startsAt } from "./text-order.ts"
import { textType } from "./type-rule.ts"
import { unlessNil, value } from "./value.ts"

const boolean = simple("BOOLEAN", false)

/** A LIKE pattern as its parts: literal text, `%` and `_`. */
type Part = { readonly text: string } | "%" | "_"

function likeParts(pattern: string, escape: string | undefined, call: Call): ReadonlyArray<Part> {
  const parts: Array<Part> = []
  let text = ""
  const flush = () => {
    if (text !== "") parts.push({ text })
    text = ""
  }
  const all = Array.from(pattern)
  for (let i = 0; i < all.length; i++) {
    const character = all[i]!
    if (character === escape) {
      const next = all[++i]
      if (next !== "%" && next !== "_" && next !== escape) {
        throw new ExpressionFault({
          expression: call.text,
          reason: `the escape in the pattern ${excerpt(pattern)} must stand before %, _ or itself`
        })
      }
      text += next
    } else if (character === "%" || character === "_") {
      flush()
      if (character !== "%" || parts.at(-1) !== "%") parts.push(character)
    } else text += character
  }
  flush()
  return parts
}

function quoteForm(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
}

/** What `_` does not stand for, as in Flink; `%` stands for anything. */
const lineEnds: ReadonlySet<string> = new Set(["\n", "\r", "\u0085", "\u2028", "\u2029"])

/**
 * Whether `a` matches from its first to its last character. After a `%` the rest is tried at one place after another, and only the last
 * `%` is ever moved on: at most length of text × length of pattern steps.
 */
function matchParts(symbols: ReadonlyArray<string>, a: ReadonlyArray<string>): boolean {
  let at = 0
  let symbol = 0
  let percent = -1
  let resume = 0
  while (at < a.length) {
    const wanted = symbols[symbol]
    if (wanted === "%") {
      percent = symbol++
      resume = at
    } else if (wanted === `=${a[at]}` || (wanted === "_" && !lineEnds.has(a[at]!))) {
      symbol++
      at++
    } else if (percent >= 0) {
      symbol = percent + 1
      at = ++resume
    } else return false
  }
  while (symbols[symbol] === "%") symbol++
  return symbol === symbols.length
}

/** `%`, `_`, and each literal character behind an equals sign. */
function symbolsOf(parts: ReadonlyArray<Part>): ReadonlyArray<string> {
  return parts.flatMap((part) =>
    typeof part === "string" ? [part] : Array.from(part.text, (character) => `=${character}`)
  )
}

/** What a simple pattern asks of the bytes. */
interface Simple {
  readonly kind: "whole" | "prefix" | "suffix" | "part" | "any"
  readonly text: string
}

function simplify(parts: ReadonlyArray<Part>): Simple | undefined {
  const shape = parts.map((part) => typeof part === "string" ? part : "t").join("")
  const text = parts.find((part) => typeof part === "object")?.text ?? ""
  switch (shape) {
    case "":
    case "t":
      return { kind: "whole", text }
    case "%":
      return { kind: "any", text }
    case "t%":
      return { kind: "prefix", text }
    case "%t":
      return { kind: "suffix", text }
    case "%t%":
      return { kind: "part", text }
    default:
      return undefined
  }
}

function matchText(simple: Simple, a: string): boolean {
  switch (simple.kind) {
    case "whole":
      return a === simple.text
    case "any":
      return true
    case "prefix":
      return a.startsWith(simple.text)
    case "suffix":
      return a.endsWith(simple.text)
    case "part":
      return a.includes(simple.text)
  }
}

function likeTester(
  pattern: string,
  escape: string | undefined,
  call: Call
): (a: string) => boolean {
  const parts = likeParts(pattern, escape, call)
  const simple = simplify(parts)
  if (simple !== undefined) return (a) => matchText(simple, a)
  const symbols = symbolsOf(parts)
  return (a) => matchParts(symbols, Array.from(a))
}

/** A tester per pattern, kept for the last one: patterns are literals almost always. */
function remembered<A>(
  make: (pattern: string, more: string | undefined) => A
): (pattern: string, more: string | undefined) => A {
  let key: string | undefined
  let keyMore: string | undefined
  let made: A | undefined
  return (pattern, more) => {
    if (made === undefined || pattern !== key || more !== keyMore) {
      made = make(pattern, more)
      key = pattern
      keyMore = more
    }
    return made
  }
}

function viewTest(emit: Emit, item: Value, simple: Simple): string {
  const bytes = encodeUtf8(simple.text)
  const wanted = emit.constant(bytes)
  const starts = emit.constant(startsAt)
  const { code, second, third } = item
  switch (simple.kind) {
    case "any":
      return "true"
    case "whole":
      return `${third} === ${bytes.length} && ${starts}(${code}, ${second}, ${wanted})`
    case "prefix":
      return `${third} >= ${bytes.length} && ${starts}(${code}, ${second}, ${wanted})`
    case "suffix":
      return `${third} >= ${bytes.length} && ${starts}(${code}, ${second} + ${third} - ${bytes.length}, ${wanted})`
    case "part":
      return `${emit.constant(indexOfBytes)}(${code}, ${second}, ${third}, ${wanted}) >= 0`
  }
}

function likeTest(name: string, sql: string, negated: boolean): ScalarFunction {
  const evaluate = (call: Call): Evaluator => {
    const tester = remembered((pattern, escape) => likeTester(pattern, escape, call))
    return (a: string, pattern: string, escape?: string): Boxed =>
      tester(pattern, escape)(a) !== negated
  }
  return {
    ...scalar({
      names: [name, sql],
      args: ["text", "text", "text"],
      required: 2,
      result: boolean,
      description:
        "Whether the text matches a pattern in which % stands for any characters and _ for one.",
      evaluate
    }),
    generate: (emit, args, call, nil) => {
      const pattern = call.constants[1]
      const escape = call.constants[2]
      const literal = typeof pattern === "string" &&
        (args.length === 2 || typeof escape === "string")
      if (literal && args[0]!.form === "view") {
        const simple = simplify(likeParts(pattern, escape as string | undefined, call))
        if (simple !== undefined) {
          const test = viewTest(emit, args[0]!, simple)
          return value(
            "bool",
            call.type,
            emit.store(unlessNil(nil, negated ? `!(${test})` : test)),
            nil
          )
        }
      }
      return boxedCall(emit, args, call, nil, evaluate(call))
    }
  }
}

/** Classes that SIMILAR TO knows by name, of ASCII only. */
const sqlClasses: Readonly<Record<string, string>> = {
  "[:ALPHA:]": "a-zA-Z",
  "[:UPPER:]": "A-Z",
  "[:LOWER:]": "a-z",
  "[:DIGIT:]": "0-9",
  "[:SPACE:]": " ",
  "[:WHITESPACE:]": "\\s",
  "[:ALNUM:]": "a-zA-Z0-9"
}

/** What stands between brackets: classes by name, else the characters themselves. */
function bracketForm(inner: string): string {
  return inner.replace(
    /\[:\w+:\]|[^]/gu,
    (part) => sqlClasses[part.toUpperCase()] ?? (/^[\\[\]]$/.test(part) ? `\\${part}` : part)
  )
}

/** A SIMILAR TO pattern as a regular expression. A point stands for any character of a line, as in Flink. */
function similarForm(pattern: string, escape: string | undefined, call: Call): RegExp {
  let source = ""
  for (let i = 0; i < pattern.length; i++) {
    const character = String.fromCodePoint(pattern.codePointAt(i)!)
    const bracket = /^\[((?:\[:\w+:\]|[^\]])+)\]/.exec(pattern.slice(i))
    if (character === escape) {
      const next = String.fromCodePoint(pattern.codePointAt(i + 1) ?? 32)
      source += quoteForm(next)
      i += next.length
    } else if (bracket !== null) {
      source += `[${bracketForm(bracket[1]!)}]`
      i += bracket[0].length - 1
    } else if (character === "%") source += "[^]*"
    else if (character === "_" || character === ".") source += "[^\\n\\r\\u0085\\u2028\\u2029]"
    else source += "|*+?{}()".includes(character) ? character : quoteForm(character)
    i += character.length - 1
  }
  try {
    return new RegExp(`^(?:${source})$`, "u")
  } catch {
    const reason = `${excerpt(pattern)} is no SQL regular expression`
    throw new ExpressionFault({ expression: call.text, reason })
  }
}

const posixClasses: Readonly<Record<string, string>> = {
  Lower: "a-z",
  Upper: "A-Z",
  Alpha: "a-zA-Z",
  Digit: "0-9",
  Alnum: "a-zA-Z0-9",
  Punct: "!-\\/:-@\\[-`{-~",
  XDigit: "0-9a-fA-F",
  Space: "\\s",
  Blank: " \\t"
}

/** A Java regular expression as JavaScript's; undefined when it is not one. */
function javaForm(pattern: string, flags = ""): RegExp | undefined {
  const inline = /^\(\?([ims]+)\)/.exec(pattern)
  const rest = inline === null ? pattern : pattern.slice(inline[0].length)
  const source = rest
    .replace(
      /\\p\{(\w+)\}/g,
      (all, name: string) => posixClasses[name] === undefined ? all : `[${posixClasses[name]}]`
    )
    .replaceAll("\\A", "^")
    .replace(/\\[zZ]/g, "$")
    .replace(/([*+?}])\+/g, "$1")
  const all = flags + (inline?.[1] ?? "")
  // Java's matches are of code points; what only the plain mode takes is read by that.
  for (const unicode of ["u", ""]) {
    try {
      return new RegExp(source, all + unicode)
    } catch {
      // Not a form of this mode: the other one may take it.
    }
  }
  return undefined
}

function formCache(
  flags: string
): (pattern: string, more: string | undefined) => { readonly form: RegExp | undefined } {
  return remembered((pattern) => ({ form: javaForm(pattern, flags) }))
}

function extract(
  cache: ReturnType<typeof formCache>,
  a: string,
  pattern: string,
  group: number
): string | null {
  const match = cache(pattern, undefined).form?.exec(a)
  return match?.[group] ?? null
}

/** Entries split by one expression, each once into key and value by the other; the last of equal keys counts. */
function strToMap(a: string, between = ",", within = "="): Boxed {
  const entries = new Map<string, string | null>()
  const outer = javaForm(between)
  const inner = javaForm(within)
  if (a === "" || outer === undefined || inner === undefined) return []
  for (const entry of a.split(outer)) {
    const match = inner.exec(entry)
    if (match === null) entries.set(entry, null)
    else entries.set(entry.slice(0, match.index), entry.slice(match.index + match[0].length))
  }
  return [...entries]
}

function pattern(
  names: readonly [string, ...Array<string>],
  args: ReadonlyArray<"text" | "int">,
  required: number,
  result: LogicalType,
  description: string,
  evaluate: (call: Call) => Evaluator
): ScalarFunction {
  return scalar({ names, args, required, result, description, evaluate })
}

const maybe = textType(true)

type Sequence = string | Uint8Array

function startsWith(a: Sequence, start: Sequence): boolean {
  if (typeof a === "string") return a.startsWith(start as string)
  return a.length >= start.length && startsAt(a, 0, start as Uint8Array)
}

function endsWith(a: Sequence, end: Sequence): boolean {
  if (typeof a === "string") return a.endsWith(end as string)
  return a.length >= end.length && startsAt(a, a.length - end.length, end as Uint8Array)
}

/** A group of every match; NULL for a group or a form that is none. */
function extractAll(
  cache: ReturnType<typeof formCache>,
  a: string,
  pattern: string,
  group: number
): Boxed {
  const { form } = cache(pattern, undefined)
  if (form === undefined || group < 0 || group > countGroups(form)) return null
  return Array.from(a.matchAll(form), (match) => match[group] ?? null)
}

/** How many groups a form has. */
function countGroups(form: RegExp): number {
  return new RegExp(`${form.source}|`, form.flags.replace("g", "")).exec("")!.length - 1
}

/** Functions with patterns. */
export const patterns: ReadonlyArray<ScalarFunction> = [
  likeTest("like", "LIKE", false),
  likeTest("notLike", "NOT LIKE", true),
  ...[false, true].map((negated) =>
    pattern(
      negated ? ["notSimilar", "NOT SIMILAR TO"] : ["similar", "SIMILAR TO"],
      ["text", "text", "text"],
      2,
      boolean,
      "Whether the text matches an SQL regular expression.",
      (call) => {
        const forms = remembered((pattern, escape) => similarForm(pattern, escape, call))
        return (a: string, form: string, escape?: string): Boxed =>
          forms(form, escape).test(a) !== negated
      }
    )
  ),
  pattern(
    ["regexp", "REGEXP"],
    ["text", "text"],
    2,
    boolean,
    "Whether the regular expression is found in the text.",
    () => {
      const cache = formCache("")
      return (a: string, form: string): Boxed =>
        form !== "" && (cache(form, undefined).form?.test(a) ?? false)
    }
  ),
  pattern(
    ["regexpExtract", "REGEXP_EXTRACT"],
    ["text", "text", "int"],
    2,
    maybe,
    "A group of the first match, 0 being all of it.",
    () => {
      const cache = formCache("")
      return (a: string, form: string, group = 0): Boxed => extract(cache, a, form, group)
    }
  ),
  pattern(
    ["regexpExtractAll", "REGEXP_EXTRACT_ALL"],
    ["text", "text", "int"],
    2,
    { kind: "ARRAY", nullable: true, element: maybe },
    "A group of every match, 0 being all of it; the first group without a number.",
    () => {
      const cache = formCache("g")
      return (a: string, form: string, group = 1): Boxed => extractAll(cache, a, form, group)
    }
  ),
  pattern(
    ["regexpReplace", "REGEXP_REPLACE"],
    ["text", "text", "text"],
    3,
    maybe,
    "The text with each match replaced.",
    () => {
      const cache = formCache("g")
      return (a: string, form: string, by: string): Boxed => {
        const found = cache(form, undefined).form
        return found === undefined ? null : a.replace(found, () => by)
      }
    }
  ),
  pattern(
    ["regexpCount", "REGEXP_COUNT"],
    ["text", "text"],
    2,
    simple("INT"),
    "How often the regular expression is found.",
    () => {
      const cache = formCache("g")
      return (a: string, form: string): Boxed => {
        const found = cache(form, undefined).form
        return found === undefined ? null : (a.match(found) ?? []).length
      }
    }
  ),
  pattern(
    ["regexpInstr", "REGEXP_INSTR"],
    ["text", "text"],
    2,
    simple("INT"),
    "Where the first match stands, from 1; 0 if nowhere.",
    () => {
      const cache = formCache("")
      return (a: string, form: string): Boxed => {
        const found = cache(form, undefined).form
        return found === undefined ? null : a.search(found) + 1
      }
    }
  ),
  pattern(["regexpSubstr", "REGEXP_SUBSTR"], ["text", "text"], 2, maybe, "The first match.", () => {
    const cache = formCache("")
    return (a: string, form: string): Boxed => extract(cache, a, form, 0)
  }),
  scalar({
    names: ["strToMap", "STR_TO_MAP"],
    args: ["text", "text", "text"],
    required: 1,
    result: { kind: "MAP", nullable: true, key: maybe, value: maybe },
    description:
      "The map that a text of entries says; regular expressions tell what stands between entries (a comma) and within them (=).",
    evaluate: () => strToMap
  }),
  ...([["startsWith", "STARTSWITH", "begins"], ["endsWith", "ENDSWITH", "ends"]] as const).map((
    [name, sql, verb]
  ) =>
    scalar({
      names: [name, sql],
      args: ["sequence", "sequence"],
      result: boolean,
      description: `Whether the text, or the bytes, ${verb} with the second ones.`,
      evaluate: () => name === "startsWith" ? startsWith : endsWith
    })
  )
]
