/** SHOW and DESCRIBE: statements that ask about the catalog. */
import type { Show, ShowObject, Statement } from "./ast.ts"
import type { Cursor } from "./cursor.ts"
import { parsePartition } from "./parse-column.ts"
import { parsePlainString } from "./parse-literal.ts"

/** What may follow the object of a SHOW. */
interface Follow {
  /** FROM or IN a name: may, must or must not stand. */
  readonly from: "may" | "must" | "never"
  readonly like: "none" | "like" | "both"
}

const lists: ReadonlyMap<string, Follow> = new Map<string, Follow>([
  ["CATALOGS", { from: "never", like: "both" }],
  ["DATABASES", { from: "may", like: "both" }],
  ["TABLES", { from: "may", like: "like" }],
  ["VIEWS", { from: "may", like: "like" }],
  ["MATERIALIZED TABLES", { from: "may", like: "like" }],
  ["COLUMNS", { from: "must", like: "like" }],
  ["FUNCTIONS", { from: "may", like: "both" }],
  ["USER FUNCTIONS", { from: "may", like: "both" }],
  ["PROCEDURES", { from: "may", like: "both" }],
  ["MODULES", { from: "never", like: "none" }],
  ["FULL MODULES", { from: "never", like: "none" }],
  ["JARS", { from: "never", like: "none" }],
  ["JOBS", { from: "never", like: "none" }],
  ["CURRENT CATALOG", { from: "never", like: "none" }],
  ["CURRENT DATABASE", { from: "never", like: "none" }]
])

/** A SHOW statement; the present token is SHOW. */
export function parseShow(cursor: Cursor): Statement {
  const start = cursor.start
  cursor.expect("SHOW")
  if (cursor.at("MODELS")) throw cursor.fault("SHOW MODELS is not supported")
  if (cursor.accept("CREATE")) return parseShowCreate(cursor, start)
  if (cursor.accept("PARTITIONS")) {
    const name = cursor.name()
    const partition = cursor.accept("PARTITION") ? parsePartition(cursor) : []
    return show(cursor, start, "PARTITIONS", { name, partition })
  }
  const one = cursor.word()
  const two = `${one} ${cursor.word(1)}`
  const object = (lists.has(two) ? two : one) as ShowObject
  const follow = lists.get(object)
  if (follow === undefined) {
    for (const word of lists.keys()) cursor.ask(word)
    throw cursor.unexpected()
  }
  cursor.index += object.includes(" ") ? 2 : 1
  let preposition: Show["preposition"]
  if (follow.from === "must") preposition = cursor.expectAny("FROM", "IN")
  else if (follow.from === "may") preposition = cursor.acceptAny("FROM", "IN")
  const name = preposition === undefined ? undefined : cursor.name()
  const like = follow.like === "none" ? undefined : parseLike(cursor, follow.like === "both")
  return show(cursor, start, object, { preposition, name, like })
}

function show(
  cursor: Cursor,
  start: number,
  object: ShowObject,
  more: Partial<Pick<Show, "preposition" | "name" | "like" | "partition">>
): Show {
  return {
    kind: "show",
    object,
    preposition: more.preposition,
    name: more.name,
    like: more.like,
    partition: more.partition ?? [],
    span: cursor.span(start)
  }
}

function parseLike(cursor: Cursor, insensitive: boolean): Show["like"] {
  const negated = cursor.accept("NOT")
  let operator: "LIKE" | "ILIKE" | undefined = cursor.accept("LIKE") ? "LIKE" : undefined
  if (operator === undefined && insensitive && cursor.accept("ILIKE")) operator = "ILIKE"
  if (operator === undefined) {
    if (negated) throw cursor.unexpected()
    return undefined
  }
  return { operator, negated, pattern: parsePlainString(cursor) }
}

function parseShowCreate(cursor: Cursor, start: number): Statement {
  if (cursor.at("MODEL")) throw cursor.fault("SHOW CREATE MODEL is not supported")
  if (cursor.accept("MATERIALIZED")) {
    cursor.expect("TABLE")
    return show(cursor, start, "CREATE MATERIALIZED TABLE", { name: cursor.name() })
  }
  const word = cursor.expectAny("TABLE", "VIEW", "CATALOG")
  if (word !== "CATALOG") return show(cursor, start, `CREATE ${word}`, { name: cursor.name() })
  const part = cursor.identifier()
  const name = { kind: "name", parts: [part], span: part.span } as const
  return show(cursor, start, "CREATE CATALOG", { name })
}

/** `DESCRIBE …` or `DESC …`. */
export function parseDescribe(cursor: Cursor): Statement {
  const start = cursor.start
  cursor.expectAny("DESCRIBE", "DESC")
  if (cursor.word() === "MODEL") {
    throw cursor.fault("DESCRIBE MODEL is not supported")
  }
  if (cursor.word() === "JOB") {
    cursor.index++
    const job = parsePlainString(cursor)
    const span = cursor.span(start)
    return { kind: "describe", object: "JOB", extended: false, name: undefined, job, span }
  }
  const word = cursor.word()
  const named = word === "CATALOG" || word === "DATABASE" || word === "FUNCTION"
  const object = named ? word : "TABLE"
  if (object !== "TABLE") cursor.index++
  const extended = cursor.accept("EXTENDED")
  const name = cursor.name()
  if (object === "CATALOG" && name.parts.length > 1) {
    throw cursor.fault("The name of a catalog has one part", name.span)
  }
  return { kind: "describe", object, extended, name, job: undefined, span: cursor.span(start) }
}
