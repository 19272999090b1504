/** Hints: comments that open with a plus sign, behind SELECT and behind a table. */
import type { Hint, Identifier, Literal } from "./ast.ts"
import type { Cursor } from "./cursor.ts"
import { Kind } from "./lexer.ts"
import { atString, parseSignedLiteral, parseString } from "./parse-literal.ts"

/** The hints that stand here, or none. */
export function parseHints(cursor: Cursor): ReadonlyArray<Hint> {
  if (cursor.word() !== "/*+") return []
  cursor.index++
  const hints = cursor.list(() => parseHint(cursor))
  cursor.expect("*/")
  return hints
}

function parseHint(cursor: Cursor): Hint {
  const start = cursor.start
  const name = cursor.identifier()
  let options: Hint["options"] = []
  let args: Hint["args"] = []
  if (cursor.accept("(")) {
    if (cursor.word(1) === "=") options = cursor.list(() => parseOption(cursor))
    else if (cursor.atName()) args = cursor.list((): Identifier | Literal => cursor.identifier())
    else if (!cursor.at(")")) args = cursor.list(() => parseArgument(cursor))
    cursor.expect(")")
  }
  return { name, options, args, span: cursor.span(start) }
}

function parseOption(cursor: Cursor): Hint["options"][number] {
  const key = cursor.atName() ? cursor.identifier() : parseString(cursor)
  cursor.expect("=")
  return { key, value: parseString(cursor) }
}

function parseArgument(cursor: Cursor): Literal {
  const sign = cursor.at("-") || cursor.at("+")
  const number = cursor.kind() >= Kind.integer && cursor.kind() <= Kind.approximate
  if (!sign && !number && !atString(cursor)) throw cursor.unexpected()
  return parseSignedLiteral(cursor)
}
