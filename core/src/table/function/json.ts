/**
 * JSON functions. What happens on error and on empty is told by a literal argument, as the binder makes of the words in the
 * parentheses; the type of a result by the types of defaults.
 */
import { type LogicalType, simple, withNullable } from "../../type/logical-type.ts"
import type { Boxed, Call, Evaluator, ScalarFunction } from "./definition.ts"
import { ExpressionFault } from "./fault.ts"
import { findPath, type JsonPath, PathMistake, PathNotFound, readPath } from "./json-path.ts"
import {
  isScalar,
  JsonMistake,
  JsonNumber,
  type JsonTree,
  parseJson,
  writeJson
} from "./json-tree.ts"
import { isJsonType, jsonTree } from "./json-value.ts"
import { scalar } from "./simple.ts"
import { isText, textType } from "./type-rule.ts"

/** How a value stands among the arguments of JSON_OBJECT and JSON_ARRAY. */
export const JsonForm = { value: "v", made: "m", text: "t" } as const

const missing = Symbol("missing")
type Found = JsonTree | typeof missing | Error

/** Paths are literals almost always: the last one is kept. */
function paths(): (text: string) => JsonPath {
  let key: string | undefined
  let made: JsonPath | undefined
  return (text) => {
    if (made === undefined || text !== key) {
      made = readPath(text)
      key = text
    }
    return made
  }
}

/** What a path finds in a document; `missing` or the error where it finds nothing. */
function look(document: string, path: JsonPath): Found {
  try {
    const found = findPath(path, parseJson(document))
    return found === null ? missing : found
  } catch (error) {
    if (!(error instanceof JsonMistake) && !(error instanceof PathNotFound)) throw error
    return path.lax ? missing : error
  }
}

function fail(call: Call, reason: string): never {
  throw new ExpressionFault({ expression: call.text, reason })
}

/** A path that cannot be read is told when the query is planned, if it is a literal. */
function checkPath(path: unknown): string | undefined {
  if (typeof path !== "string") return undefined
  try {
    readPath(path)
  } catch (error) {
    if (error instanceof PathMistake) return error.message
    throw error
  }
  return undefined
}

function exists(call: Call): Evaluator {
  const read = paths()
  const onError = call.constants[2]
  return (document: string, path: string): Boxed => {
    const found = look(document, read(path))
    if (!(found instanceof Error)) return found !== missing
    if (onError === "ERROR") return fail(call, "the document or the path is at fault")
    return onError === "UNKNOWN" ? null : onError === "TRUE"
  }
}

/** A scalar of JSON as a value of the type that RETURNING names; undefined when it is none. */
function convert(found: JsonTree, type: LogicalType): Boxed | undefined {
  if (isText(type)) return found instanceof JsonNumber ? found.text : String(found)
  if (type.kind === "BOOLEAN") return typeof found === "boolean" ? found : undefined
  if (!(found instanceof JsonNumber)) return undefined
  const number = Number(found.text)
  if (type.kind === "DOUBLE") return number
  return Number.isInteger(number) && Math.abs(number) <= 2147483647 ? number : undefined
}

function queryValue(call: Call): Evaluator {
  const read = paths()
  const [onEmpty, onError] = String(call.constants[2]).split(",")
  return (
    document: string | null,
    path: string | null,
    _spec: string,
    emptyValue: Boxed,
    errorValue: Boxed
  ): Boxed => {
    if (document === null || path === null) return null
    const steps = read(path)
    const found = look(document, steps)
    const empty = found === missing || (steps.lax && !(found instanceof Error) && !isScalar(found))
    if (empty) {
      if (onEmpty === "ERROR") return fail(call, "the path leads to no scalar value")
      return onEmpty === "DEFAULT" ? emptyValue : null
    }
    const value = found instanceof Error || !isScalar(found) ? undefined : convert(found, call.type)
    if (value !== undefined) return value
    if (onError === "ERROR") return fail(call, "the path leads to no scalar value of this type")
    return onError === "DEFAULT" ? errorValue : null
  }
}

function asResult(tree: JsonTree, type: LogicalType): Boxed {
  if (type.kind !== "ARRAY") return writeJson(tree)
  const items = Array.isArray(tree) ? tree as ReadonlyArray<JsonTree> : [tree]
  return items.map((item) =>
    item === null ? null : typeof item === "string" ? item : writeJson(item)
  )
}

function query(call: Call): Evaluator {
  const read = paths()
  const [wrapper, onEmpty, onError] = String(call.constants[2]).split(",") as [
    string,
    string,
    string
  ]
  const otherwise = (action: string): Boxed => {
    if (action === "ERROR") return fail(call, "the path leads to no object or array")
    return action === "EMPTY ARRAY"
      ? asResult([], call.type)
      : action === "EMPTY OBJECT"
      ? asResult(new Map(), call.type)
      : null
  }
  return (document: string | null, path: string | null): Boxed => {
    if (document === null || path === null) return null
    const steps = read(path)
    const found = look(document, steps)
    if (found === missing) return otherwise(onEmpty)
    if (found instanceof Error) return otherwise(onError)
    const wrapped = wrapper === "WITH UNCONDITIONAL ARRAY" ||
        (wrapper === "WITH CONDITIONAL ARRAY" && !Array.isArray(found))
      ? [found]
      : found
    if (!isScalar(wrapped)) return asResult(wrapped, call.type)
    return otherwise(steps.lax ? onEmpty : onError)
  }
}

/** A value among those of a JSON constructor, as text. */
function writeItem(value: Boxed, type: LogicalType, form: string | undefined, call: Call): string {
  if (form === JsonForm.made) return value as string
  if (form !== JsonForm.text) return writeJson(jsonTree(value, type))
  if ((value as string).trim() === "") return "null"
  try {
    return writeJson(parseJson(value as string))
  } catch (error) {
    if (error instanceof JsonMistake) return fail(call, "the text in JSON(…) is no JSON")
    throw error
  }
}

/** The first argument tells `ABSENT` or `NULL`, then the form of each value: `NULL,vvm`. */
function construct(call: Call, keyed: boolean): Evaluator {
  const [nulls, forms = ""] = String(call.constants[0]).split(",")
  const step = keyed ? 2 : 1
  return (_spec: string, ...items: ReadonlyArray<Boxed>): Boxed => {
    const parts: Array<readonly [string, string]> = []
    for (let i = 0; i < items.length; i += step) {
      const value = items[i + step - 1]!
      if (value === null && nulls === "ABSENT") continue
      const text = value === null
        ? "null"
        : writeItem(value, call.args[i + step]!, forms[i / step], call)
      if (!keyed) parts.push(["", text])
      else if (items[i] === null) fail(call, "a key is NULL")
      else parts.push([items[i] as string, text])
    }
    if (!keyed) return `[${parts.map(([, text]) => text).join(",")}]`
    const entries = [...new Map(parts)].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0)
    return `{${entries.map(([key, text]) => `${writeJson(key)}:${text}`).join(",")}}`
  }
}

function constructor(name: string, sql: string, keyed: boolean): ScalarFunction {
  return {
    name,
    sql: [`$${sql}`],
    description: keyed ? "A JSON object of keys and values." : "A JSON array of values.",
    strict: false,
    infer: (args) => {
      const values = args.slice(1).filter((_, i) => !keyed || i % 2 === 1)
      const keys = keyed ? args.slice(1).filter((_, i) => i % 2 === 0) : []
      if (!keys.every(isText)) return `The keys of ${sql} must be STRING`
      const bad = values.find((type) => !isJsonType(type))
      if (bad !== undefined) return `${sql} cannot write ${bad.kind} as JSON: cast it`
      return { type: textType(false), args }
    },
    evaluate: (call) => construct(call, keyed)
  }
}

function jsonTest(test: string, holds: (tree: JsonTree) => boolean): ReadonlyArray<ScalarFunction> {
  return [false, true].map((negated) => {
    const words = `IS ${negated ? "NOT " : ""}JSON ${test}`
    return scalar({
      names: [`is${negated ? "Not" : ""}Json${test}`, words],
      args: ["text"],
      result: simple("BOOLEAN", false),
      strict: false,
      description: `Whether the text is ${
        negated ? "no" : "a"
      } JSON ${test.toLowerCase()}; NULL is none.`,
      evaluate: () => (a: string | null): Boxed => {
        if (a === null) return negated
        try {
          return holds(parseJson(a)) !== negated
        } catch (error) {
          if (error instanceof JsonMistake) return negated
          throw error
        }
      }
    })
  })
}

/** JSON functions; names with `$` are those that the binder calls for the special forms. */
export const jsons: ReadonlyArray<ScalarFunction> = [
  ...jsonTest("VALUE", () => true),
  ...jsonTest("SCALAR", isScalar),
  ...jsonTest("ARRAY", (tree) => Array.isArray(tree)),
  ...jsonTest("OBJECT", (tree) => tree instanceof Map),
  {
    name: "jsonExists",
    sql: ["$JSON_EXISTS"],
    description: "Whether a path leads to a value.",
    infer: (args, literals) =>
      isText(args[0]!) && isText(args[1]!)
        ? checkPath(literals[1]) ?? { type: simple("BOOLEAN"), args }
        : "JSON_EXISTS wants a STRING and a path",
    evaluate: exists
  },
  {
    name: "jsonValue",
    sql: ["$JSON_VALUE"],
    description: "The scalar value that a path leads to.",
    strict: false,
    infer: (args, literals) => {
      const type = args[3]!
      if (!isText(args[0]!) || !isText(args[1]!)) return "JSON_VALUE wants a STRING and a path"
      if (!isText(type) && !["BOOLEAN", "INT", "DOUBLE"].includes(type.kind)) {
        return `JSON_VALUE can return STRING, BOOLEAN, INTEGER or DOUBLE, not ${type.kind}`
      }
      return checkPath(literals[1]) ?? { type: withNullable(type, true), args }
    },
    evaluate: queryValue
  },
  {
    name: "jsonQuery",
    sql: ["$JSON_QUERY"],
    description: "The object or array that a path leads to.",
    strict: false,
    infer: (args, literals) => {
      const type = args[3]!
      if (!isText(args[0]!) || !isText(args[1]!)) return "JSON_QUERY wants a STRING and a path"
      if (!isText(type) && !(type.kind === "ARRAY" && isText(type.element))) {
        return `JSON_QUERY can return STRING or ARRAY<STRING>, not ${type.kind}`
      }
      return checkPath(literals[1]) ?? { type: withNullable(type, true), args }
    },
    evaluate: query
  },
  constructor("jsonObject", "JSON_OBJECT", true),
  constructor("jsonArray", "JSON_ARRAY", false),
  {
    name: "json",
    sql: ["JSON"],
    description: "JSON text as it is, among the values of JSON_OBJECT and JSON_ARRAY.",
    infer: () => "JSON(…) stands only as a value of JSON_OBJECT and JSON_ARRAY",
    evaluate: () => (a: Boxed): Boxed => a
  },
  {
    name: "jsonString",
    sql: ["JSON_STRING"],
    description: "The value as JSON.",
    infer: (args) =>
      args.length !== 1
        ? `JSON_STRING wants 1 argument, not ${args.length}`
        : isJsonType(args[0]!)
        ? { type: textType(args[0]!.nullable), args }
        : `JSON_STRING cannot write ${args[0]!.kind} as JSON: cast it`,
    evaluate: (call) => (value: Boxed): Boxed => writeJson(jsonTree(value, call.args[0]!))
  }
]
