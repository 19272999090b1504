/**
 * The parser's place among the tokens, and the few moves that every production makes. A production asks with `at`, takes with `accept` or
 * `expect`, and never goes back: what the grammar leaves open is settled by looking ahead. Words that were asked for at the present token
 * are remembered, so an error can say what would have fit.
 */
import { nearest } from "../table/nearest.ts"
import type { Expression, Identifier, Name, Query, Span } from "./ast.ts"
import { keywords } from "./keywords.ts"
import { Kind, type TokenList } from "./lexer.ts"
import { type SqlFault, sqlFault } from "./sql-fault.ts"

/** Productions may nest this deep; a pair of parentheses takes two levels. Half of the default stack of Node is enough for it. */
export const nestingMax = 512

/** The tree may be this high: chains of operators, joins and set operations grow it by one each. */
export const heightMax = 1000

/** The productions that call each other across files; `parser.ts` fills them in. */
export interface Grammar {
  /** An expression; with `scalarOnly` it may not begin with a query in parentheses. */
  readonly expression: (cursor: Cursor, scalarOnly?: boolean) => Expression
  /** An expression without operators around it. */
  readonly primary: (cursor: Cursor) => Expression
  /** A query with its ORDER BY and LIMIT. */
  readonly query: (cursor: Cursor) => Query
  /** Set operations, ORDER BY and LIMIT behind a query that stood in parentheses from `start`. */
  readonly queryTail: (cursor: Cursor, query: Query, start: number) => Query
  /** What may stand between parentheses in an expression: a query, or an expression. */
  readonly queryOrExpression: (cursor: Cursor) => { readonly query: Query } | Expression
}

/** Tokens and a position. */
export class Cursor {
  readonly text: string
  readonly tokens: TokenList
  readonly grammar: Grammar
  /** Index of the present token. */
  index = 0
  /** Parameters (`?`) seen in this statement. */
  parameters = 0
  private nesting = 0
  /** An upper bound of the height of the tree that was read at the present level. */
  private height = 0
  private asked: Array<string> = []
  private askedAt = 0

  constructor(tokens: TokenList, grammar: Grammar) {
    this.tokens = tokens
    this.text = tokens.text
    this.grammar = grammar
  }

  /** Kind of the token `ahead` of the present one. */
  kind(ahead = 0): number {
    const index = this.index + ahead
    return index < this.tokens.count ? this.tokens.kinds[index]! : Kind.end
  }

  /** Keyword or symbol `ahead` of the present token; empty for names and literals. */
  word(ahead = 0): string {
    const index = this.index + ahead
    if (index >= this.tokens.count) return ""
    return this.tokens.kinds[index] === Kind.invalid ? "" : this.tokens.words[index]!
  }

  /** Offset where the present token starts. */
  get start(): number {
    return this.tokens.starts[this.index]!
  }

  /** Offset where the token before the present one ends. */
  get end(): number {
    return this.index === 0 ? 0 : this.tokens.ends[this.index - 1]!
  }

  /** The span from an offset to the end of the last token taken. */
  span(start: number): Span {
    return { start, end: this.end }
  }

  /** Whether the present token is this keyword or symbol. */
  at(word: string): boolean {
    if (this.word() === word) return true
    this.ask(word)
    return false
  }

  /** Whether the tokens from here on are these words. */
  atAll(...words: ReadonlyArray<string>): boolean {
    if (!this.at(words[0]!)) return false
    for (let i = 1; i < words.length; i++) if (this.word(i) !== words[i]) return false
    return true
  }

  /** Take the present token if it is this word. */
  accept(word: string): boolean {
    if (!this.at(word)) return false
    this.index++
    return true
  }

  /** Take these words if they all come next. */
  acceptAll(...words: ReadonlyArray<string>): boolean {
    if (!this.atAll(...words)) return false
    this.index += words.length
    return true
  }

  /** Take the first of the words that is here. */
  acceptAny<W extends string>(...words: ReadonlyArray<W>): W | undefined {
    for (const word of words) if (this.accept(word)) return word
    return undefined
  }

  /** Take these words or fail. */
  expect(...words: ReadonlyArray<string>): void {
    for (const word of words) if (!this.accept(word)) throw this.unexpected()
  }

  /** Take one of these words or fail. */
  expectAny<W extends string>(...words: ReadonlyArray<W>): W {
    const word = this.acceptAny(...words)
    if (word === undefined) throw this.unexpected()
    return word
  }

  /** Whether a name can be read here. */
  atName(ahead = 0): boolean {
    const kind = this.kind(ahead)
    if (kind === Kind.name || kind === Kind.quoted) return true
    if (ahead === 0) this.ask("a name")
    return false
  }

  /** One part of a name. */
  identifier(): Identifier {
    if (!this.atName()) throw this.unexpected()
    const span = { start: this.start, end: this.tokens.ends[this.index]! }
    const quoted = this.kind() === Kind.quoted
    this.index++
    const name = quoted
      ? this.text.slice(span.start + 1, span.end - 1).replaceAll("``", "`")
      : this.text.slice(span.start, span.end)
    return { kind: "identifier", name, quoted, span }
  }

  /** A name of dotted parts. */
  name(): Name {
    const start = this.start
    const parts = [this.identifier()]
    while (this.word() === "." && this.atName(1)) {
      this.index++
      parts.push(this.identifier())
    }
    return { kind: "name", parts, span: this.span(start) }
  }

  /** Names in parentheses. */
  identifierList(): ReadonlyArray<Identifier> {
    return this.parenthesised(() => this.identifier())
  }

  /** `(item, …)` with at least one item. */
  parenthesised<T>(item: () => T): ReadonlyArray<T> {
    this.expect("(")
    const items = this.list(item)
    this.expect(")")
    return items
  }

  /** `item, …` with at least one item. */
  list<T>(item: () => T): ReadonlyArray<T> {
    const items = [item()]
    while (this.accept(",")) items.push(item())
    return items
  }

  /** Run `read` one level deeper. **Errors** — SqlFault when the text nests deeper than {@link nestingMax}. */
  nested<T>(read: () => T): T {
    if (++this.nesting > nestingMax) {
      throw this.fault(`The text nests deeper than ${nestingMax} levels; use WITH or a view`)
    }
    const outside = this.height
    this.height = 0
    const result = read()
    this.height = Math.max(outside, this.height + 1)
    this.nesting--
    return result
  }

  /** Run `read` for an operand that stands beside what was read at this level, not below it. */
  beside<T>(read: () => T): T {
    const outside = this.height
    this.height = 0
    const result = read()
    this.height = Math.max(outside, this.height)
    return result
  }

  /**
   * Count one more node on top of what was read at this level, so that walking the tree never needs more stack than {@link heightMax} frames.
   * **Errors** — SqlFault above that.
   */
  grow(): void {
    if (++this.height > heightMax) {
      throw this.fault(
        `More than ${heightMax} operators build on each other; use IN, VALUES or a view`
      )
    }
  }

  /** Remember what would have fit here. */
  ask(what: string): void {
    if (this.askedAt !== this.index) {
      this.asked.length = 0
      this.askedAt = this.index
    }
    this.asked.push(what)
  }

  /** A failure at the present token, or at `span`. */
  fault(problem: string, span?: Span): SqlFault {
    const here = { start: this.start, end: this.tokens.ends[this.index]! }
    return sqlFault(this.text, span ?? here, problem)
  }

  /** The failure that the present token does not fit. */
  unexpected(): SqlFault {
    const span = { start: this.start, end: this.tokens.ends[this.index]! }
    const kind = this.kind()
    if (kind === Kind.invalid) return this.fault(this.tokens.words[this.index]!)
    const expected = this.askedAt === this.index ? [...new Set(this.asked)] : []
    const token = this.describe(kind, span)
    return sqlFault(
      this.text,
      span,
      `Unexpected ${token}${wanted(expected)}${this.reservedHint()}`,
      {
        token: kind === Kind.end ? "end of text" : token,
        expected,
        suggestion: this.suggestion(kind, span, expected)
      }
    )
  }

  private describe(kind: number, span: Span): string {
    if (kind === Kind.end) return "end of text"
    if (kind >= Kind.string && kind <= Kind.binary) return "string literal"
    const token = this.text.slice(span.start, Math.min(span.end, span.start + 60))
    return kind === Kind.reserved ? `keyword "${token}"` : `"${token}"`
  }

  private reservedHint(): string {
    const asksName = this.askedAt === this.index && this.asked.includes("a name")
    if (this.kind() !== Kind.reserved || !asksName) return ""
    return ` ("${this.word()}" is reserved: as a name it needs backticks)`
  }

  /** The keyword nearest to a name that stands where one of few words was wanted. */
  private suggestion(
    kind: number,
    span: Span,
    expected: ReadonlyArray<string>
  ): string | undefined {
    if (kind !== Kind.name) return undefined
    const token = this.text.slice(span.start, span.end)
    const near = nearest(token, expected.filter((word) => keywords.has(word)))
    return near !== undefined && near !== token.toUpperCase() ? near : this.earlier(span)
  }

  /** A misspelt keyword is often read as a name or alias, and the token behind it fails: look at the two names before. */
  private earlier(span: Span): string | undefined {
    for (let index = this.index; index >= Math.max(0, this.index - 2); index--) {
      if (this.tokens.kinds[index] !== Kind.name || this.tokens.words[index] !== "") continue
      const start = this.tokens.starts[index]!
      const token = this.text.slice(start, this.tokens.ends[index]!)
      const near = token.length > 3 ? nearest(token, common) : undefined
      if (near === undefined) continue
      return start === span.start ? near : `${near} for "${token}"`
    }
    return undefined
  }
}

/** Keywords that people misspell where the grammar takes any name. */
const common: ReadonlyArray<string> = [
  "SELECT",
  "FROM",
  "WHERE",
  "GROUP",
  "ORDER",
  "HAVING",
  "LIMIT",
  "INSERT",
  "INTO",
  "VALUES",
  "CREATE",
  "TABLE",
  "VIEW",
  "JOIN",
  "INNER",
  "LEFT",
  "RIGHT",
  "OUTER",
  "UNION",
  "DISTINCT",
  "BETWEEN",
  "PARTITIONED",
  "PRIMARY",
  "WATERMARK",
  "INTERVAL",
  "EXPLAIN",
  "DESCRIBE",
  "EXECUTE",
  "STATEMENT",
  "TEMPORARY",
  "METADATA",
  "CONSTRAINT",
  "OVERWRITE",
  "LATERAL",
  "WINDOW"
]

/** Up to eight of the things that would have fit. */
function wanted(expected: ReadonlyArray<string>): string {
  if (expected.length === 0) return ""
  const shown = expected.slice(0, 8).map((word) => word === "a name" ? word : `"${word}"`)
  const list = shown.length === 1
    ? shown[0]!
    : `${shown.slice(0, -1).join(", ")} or ${shown[shown.length - 1]}`
  return expected.length > 8 ? `, wanted ${shown.join(", ")}, …` : `, wanted ${list}`
}
