/** Functions of a user, as a module exports them. */
import * as Schema from "effect/Schema"
import * as UserFunction from "../../src/table/user/user-function.ts"

export const countChar: UserFunction.UserScalar = UserFunction.scalar({
  arguments: ["STRING", "STRING"],
  result: "BIGINT",
  evaluate: (text, wanted) =>
    text === null || wanted === null ? null : BigInt(text.split(wanted).length - 1)
})

/** Types by schemas, which say that nothing is NULL. */
export const half: UserFunction.UserScalar = UserFunction.scalar({
  arguments: [Schema.Number],
  result: Schema.Number,
  evaluate: (value) => value / 2
})

/** The value with its type, through JavaScript and back. */
export const echo: UserFunction.UserScalar = UserFunction.scalar({
  arguments: [
    "ROW<b BOOLEAN, i INT, l BIGINT, d DECIMAL(10, 2), s STRING, y BYTES, a DATE, t TIMESTAMP(3), z TIMESTAMP_LTZ(3), r ARRAY<INT>, m MAP<STRING, INT>>"
  ],
  result:
    "ROW<b BOOLEAN, i INT, l BIGINT, d DECIMAL(10, 2), s STRING, y BYTES, a DATE, t TIMESTAMP(3), z TIMESTAMP_LTZ(3), r ARRAY<INT>, m MAP<STRING, INT>>",
  evaluate: (row) => row
})

export const wrong: UserFunction.UserScalar = UserFunction.scalar({
  arguments: ["INT"],
  result: "INT NOT NULL",
  evaluate: (value) => (value === 1 ? "one" : 0.5) as unknown as number
})

let calls = 0

/** A value that is another one for each call. */
export const ticket: UserFunction.UserScalar = UserFunction.scalar({
  arguments: [],
  result: "INT",
  deterministic: false,
  evaluate: () => ++calls
})

/** The words of a text with their lengths. */
export const words: UserFunction.UserTable = UserFunction.table({
  arguments: ["STRING"],
  result: "ROW<word STRING, size INT>",
  evaluate: function* (text) {
    for (const word of text === null ? [] : text.split(" ")) yield { word, size: word.length }
  }
})

export const upTo: UserFunction.UserTable = UserFunction.table({
  arguments: ["INT"],
  result: "INT",
  evaluate: (most) => Array.from({ length: most ?? 0 }, (_, i) => i + 1)
})

interface Sum {
  readonly total: number
  readonly weight: number
}

export const weighted: UserFunction.UserAggregate = UserFunction.aggregate({
  arguments: ["DOUBLE", "INT"],
  result: "DOUBLE",
  create: (): Sum => ({ total: 0, weight: 0 }),
  add: ({ total, weight }, value, times) =>
    value === null || times === null
      ? { total, weight }
      : { total: total + value * times, weight: weight + times },
  retract: ({ total, weight }, value, times) =>
    value === null || times === null
      ? { total, weight }
      : { total: total - value * times, weight: weight - times },
  merge: (a, b) => ({ total: a.total + b.total, weight: a.weight + b.weight }),
  finish: ({ total, weight }) => weight === 0 ? null : total / weight
})

export const longest: UserFunction.UserAggregate = UserFunction.aggregate({
  arguments: ["STRING"],
  result: "STRING",
  create: () => "",
  add: (kept, text) => text !== null && text.length > kept.length ? text : kept,
  finish: (kept) => kept
})

export const notOne = 7
