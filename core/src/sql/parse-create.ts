/** CREATE of anything but tables, and the word CREATE itself. */
import type { CreateFunction, Statement } from "./ast.ts"
import type { Cursor } from "./cursor.ts"
import { parseComment, parseIfNotExists, parseWithOptions } from "./parse-column.ts"
import { parseCreateMaterializedTable, parseCreateTable } from "./parse-create-table.ts"
import { parsePlainString } from "./parse-literal.ts"

/** A CREATE statement; the present token is CREATE. */
export function parseCreate(cursor: Cursor): Statement {
  const start = cursor.start
  cursor.expect("CREATE")
  const orReplace = cursor.acceptAll("OR", "REPLACE")
  const temporary = cursor.accept("TEMPORARY")
  const orAlter = !orReplace && cursor.acceptAll("OR", "ALTER")
  if (orAlter) cursor.at("MATERIALIZED")
  const word = cursor.word()
  if (orReplace && word !== "TABLE" && word !== "VIEW") throw refuseReplace(cursor)
  switch (word) {
    case "TABLE":
      if (orAlter) break
      return parseCreateTable(cursor, {
        start,
        temporary,
        mode: orReplace ? "orReplace" : "create"
      })
    case "MATERIALIZED":
      if (temporary) throw cursor.fault("A materialized table cannot be temporary")
      return parseCreateMaterializedTable(cursor, start, orAlter)
    case "VIEW":
      return parseCreateView(cursor, start, temporary, orReplace)
    case "CATALOG":
      if (temporary) break
      return parseCreateCatalog(cursor, start)
    case "DATABASE":
      if (temporary) break
      return parseCreateDatabase(cursor, start)
    case "SYSTEM":
    case "FUNCTION":
      return parseCreateFunction(cursor, start, temporary)
    case "MODEL":
      throw cursor.fault("CREATE MODEL is not supported")
  }
  for (const asked of ["TABLE", "VIEW", "DATABASE", "CATALOG", "FUNCTION"]) cursor.ask(asked)
  throw cursor.unexpected()
}

function refuseReplace(cursor: Cursor): Error {
  if (cursor.at("TABLE")) return cursor.unexpected()
  return cursor.fault(`OR REPLACE is not supported before ${cursor.word() || "this word"}`)
}

function parseCreateView(
  cursor: Cursor,
  start: number,
  temporary: boolean,
  orReplace: boolean
): Statement {
  cursor.expect("VIEW")
  const ifNotExists = parseIfNotExists(cursor)
  const name = cursor.name()
  const columns = cursor.at("(") ? cursor.identifierList() : []
  const comment = parseComment(cursor)
  cursor.expect("AS")
  const query = cursor.grammar.query(cursor)
  const span = cursor.span(start)
  return {
    kind: "createView",
    name,
    temporary,
    orReplace,
    ifNotExists,
    columns,
    comment,
    query,
    span
  }
}

function parseCreateCatalog(cursor: Cursor, start: number): Statement {
  cursor.expect("CATALOG")
  const ifNotExists = parseIfNotExists(cursor)
  const name = cursor.identifier()
  const comment = parseComment(cursor)
  const options = parseWithOptions(cursor)
  return { kind: "createCatalog", name, ifNotExists, comment, options, span: cursor.span(start) }
}

function parseCreateDatabase(cursor: Cursor, start: number): Statement {
  cursor.expect("DATABASE")
  const ifNotExists = parseIfNotExists(cursor)
  const name = cursor.name()
  const comment = parseComment(cursor)
  const options = parseWithOptions(cursor)
  return { kind: "createDatabase", name, ifNotExists, comment, options, span: cursor.span(start) }
}

/** `AS 'class' LANGUAGE JAVA`, as CREATE and ALTER FUNCTION have it. */
export function parseImplementation(
  cursor: Cursor
): Pick<CreateFunction, "implementation" | "language"> {
  cursor.expect("AS")
  const implementation = parsePlainString(cursor)
  const language = cursor.accept("LANGUAGE")
    ? cursor.expectAny("JAVA", "SCALA", "SQL", "PYTHON")
    : undefined
  return { implementation, language }
}

function parseCreateFunction(cursor: Cursor, start: number, temporary: boolean): Statement {
  if (cursor.at("SYSTEM") && !temporary) {
    throw cursor.fault("A system function must be temporary: CREATE TEMPORARY SYSTEM FUNCTION")
  }
  const system = cursor.accept("SYSTEM")
  cursor.expect("FUNCTION")
  const ifNotExists = parseIfNotExists(cursor)
  const name = cursor.name()
  if (system && name.parts.length > 1) {
    throw cursor.fault("The name of a system function has one part", name.span)
  }
  const { implementation, language } = parseImplementation(cursor)
  const resources = parseResources(cursor, language)
  const options = parseWithOptions(cursor)
  return {
    kind: "createFunction",
    name,
    temporary,
    system,
    ifNotExists,
    implementation,
    language,
    resources,
    options,
    span: cursor.span(start)
  }
}

function parseResources(
  cursor: Cursor,
  language: CreateFunction["language"]
): CreateFunction["resources"] {
  if (!cursor.at("USING")) return []
  if (language === "SQL" || language === "PYTHON") {
    throw cursor.fault(`USING is not taken by functions in ${language}`)
  }
  cursor.expect("USING")
  return cursor.list(() => {
    const type = cursor.expectAny("JAR", "ARTIFACT")
    return { type, path: parsePlainString(cursor) }
  })
}
