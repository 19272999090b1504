/**
 * SQL text to statements. The grammar is recursive descent over a token list, with precedence climbing for expressions; nothing is ever read
 * twice, so the cost is linear in the text. Nesting and chains have limits, so hostile text gives a fault and never a broken stack.
 */
import type { Expression, Statement } from "./ast.ts"
import { Cursor, type Grammar } from "./cursor.ts"
import { Kind, tokenize } from "./lexer.ts"
import { parseExpression } from "./parse-expression.ts"
import { parsePrimary } from "./parse-primary.ts"
import { parseQuery, parseQueryOrExpression, parseQueryTail } from "./parse-query.ts"
import { parseStatementHere } from "./parse-statement.ts"

const grammar: Grammar = {
  expression: parseExpression,
  primary: (cursor) => parsePrimary(cursor, false),
  query: parseQuery,
  queryTail: parseQueryTail,
  queryOrExpression: (cursor) => parseQueryOrExpression(cursor)
}

/**
 * Read a script: statements with semicolons between them. Empty statements are skipped.
 *
 * **Cost** — linear in the text; 50 kB take a few milliseconds warm. **Errors** — SqlFault at the first mistake.
 */
export function parse(text: string): ReadonlyArray<Statement> {
  const cursor = new Cursor(tokenize(text), grammar)
  const statements: Array<Statement> = []
  for (;;) {
    while (cursor.accept(";"));
    if (cursor.kind() === Kind.end) return statements
    cursor.parameters = 0
    statements.push(parseStatementHere(cursor))
    if (cursor.kind() !== Kind.end && !cursor.at(";")) throw cursor.unexpected()
  }
}

/** Read one statement, which may end with a semicolon. **Errors** — SqlFault. */
export function parseStatement(text: string): Statement {
  const cursor = new Cursor(tokenize(text), grammar)
  const statement = parseStatementHere(cursor)
  cursor.accept(";")
  if (cursor.kind() !== Kind.end) throw cursor.unexpected()
  return statement
}

/** Read one expression, as a table's computed columns and the typed API hold them. **Errors** — SqlFault. */
export function parseScalar(text: string): Expression {
  const cursor = new Cursor(tokenize(text), grammar)
  const expression = parseExpression(cursor)
  if (cursor.kind() !== Kind.end) throw cursor.unexpected()
  return expression
}
