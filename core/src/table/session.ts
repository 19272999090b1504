/**
 * A session: carries out the statements of scripts in order on catalogs and options of its own. It plans jobs but runs none:
 * what is to be run is handed to the caller.
 */
import type * as Ast from "../sql/ast.ts"
import type { Disk } from "../checkpoint/disk.ts"
import { parse } from "../sql/parser.ts"
import { place } from "../sql/place.ts"
import { inFile, SqlFault } from "../sql/sql-fault.ts"
import { CatalogFault } from "./catalog/catalog-fault.ts"
import type { Registry } from "./factory.ts"
import { planFault, type SourceText } from "./planner/plan-fault.ts"
import { changeCatalog } from "./session-catalog.ts"
import { createTableAs, undoCreate } from "./session-create-as.ts"
import { explainStatement, planInserts, planQuery } from "./session-job.ts"
import { pipelineName } from "./session-options.ts"
import type { Outcome, StatementPlace } from "./session-outcome.ts"
import { Settings } from "./session-settings.ts"
import type { UserFunction } from "./user/user-function.ts"
import { type LoadModule, UserFunctions } from "./user/user-functions.ts"
import { describeObject, showObjects } from "./session-show.ts"
import { contextOf, makeState, type SessionState } from "./session-state.ts"
import { chooseStore } from "./session-store.ts"

export type { Outcome, StatementPlace } from "./session-outcome.ts"

/** What a session is made with. */
export interface MakeOptions {
  readonly registry: Registry
  /** Options that hold from the start; RESET goes back to them. */
  readonly settings?: Readonly<Record<string, string>>
  /** Where catalogs and catalog stores that outlive the session are kept. Absent: there can be none. */
  readonly disk?: Disk
  /** Functions of users by name, for every statement. */
  readonly functions?: Readonly<Record<string, UserFunction>>
  /** Loads the modules that CREATE FUNCTION names. Absent: none can be. */
  readonly loadModule?: LoadModule
}

/** Catalogs, options and the statements that change them. */
export interface Session {
  /**
   * Carry out the statements of a script, one after the other, each as it is asked for. `file` is for messages.
   *
   * **Errors** thrown by the generator: `SqlFault`, `PlanFault`, `OptionFault`. Statements before the one at fault have had their effect.
   */
  run(text: string, file: string): AsyncGenerator<Outcome, void, undefined>
}

/** Begin a session. */
export function make(options: MakeOptions): Session {
  const functions = new UserFunctions(options.functions ?? {}, options.loadModule)
  const settings = new Settings(options.settings ?? {})
  const state = makeState(options.registry, settings, options.disk, functions)
  return { run: (text, file) => runScript(state, { text, file }) }
}

/** All statements, before the first has an effect. Throws a SqlFault that names the file. */
function parseScript(source: SourceText): ReadonlyArray<Ast.Statement> {
  try {
    return parse(source.text)
  } catch (error) {
    throw error instanceof SqlFault ? inFile(error, source.file) : error
  }
}

async function* runScript(
  state: SessionState,
  source: SourceText
): AsyncGenerator<Outcome, void, undefined> {
  let set: Array<Ast.Insert> | undefined
  let opened: Ast.Statement | undefined
  for (const statement of parseScript(source)) {
    const at = placeOf(statement, source)
    if (statement.kind !== "set" && statement.kind !== "reset") await chooseStore(state)
    if (statement.kind === "beginStatementSet") {
      if (set !== undefined) {
        throw planFault(
          source,
          statement.span,
          "A statement set is open already",
          "Close it with END"
        )
      }
      set = []
      opened = statement
    } else if (statement.kind === "endStatementSet") {
      if (set === undefined) throw planFault(source, statement.span, "END closes no statement set")
      if (set.length === 0) {
        throw planFault(source, statement.span, "The statement set has no INSERT")
      }
      yield await startJob(state, source, at, set)
      set = undefined
    } else if (set !== undefined) {
      if (statement.kind !== "insert") {
        throw planFault(
          source,
          statement.span,
          "Only INSERT may stand between BEGIN STATEMENT SET and END"
        )
      }
      set.push(statement)
    } else yield await runStatement(state, source, statement, at)
  }
  if (set !== undefined) {
    throw planFault(
      source,
      opened!.span,
      "The statement set is not closed",
      "Add END at the end of the script"
    )
  }
}

function placeOf(statement: Ast.Statement, source: SourceText): StatementPlace {
  return { file: source.file, ...place(source.text, statement.span.start) }
}

async function runStatement(
  state: SessionState,
  source: SourceText,
  statement: Ast.Statement,
  at: StatementPlace
): Promise<Outcome> {
  const { catalogs } = state
  switch (statement.kind) {
    case "insert":
      return startJob(state, source, at, [statement])
    case "query":
      return startQuery(state, source, at, statement)
    case "execute": {
      const inner = statement.statement
      if (inner.kind === "query") return startQuery(state, source, at, inner)
      return startJob(state, source, at, inner.kind === "insert" ? [inner] : inner.inserts)
    }
    case "set":
      return setOption(state, source, statement, at)
    case "reset":
      state.settings.reset(statement.key?.value)
      return { kind: "done", statement: "RESET", place: at, warnings: [] }
    case "show":
      return catalogs.settle(() => showObjects(state, source, statement, at))
    case "describe":
      return catalogs.settle(() => describeObject(state, source, statement, at))
    case "explain":
      return catalogs.settle(() => explainStatement(state, contextOf(state, source), statement, at))
    case "createTable":
      return statement.query === undefined
        ? changed(state, source, statement, at)
        : startCreateAs(state, source, statement, at)
    default:
      return changed(state, source, statement, at)
  }
}

async function changed(
  state: SessionState,
  source: SourceText,
  statement: Ast.Statement,
  place: StatementPlace
): Promise<Outcome> {
  const done = await state.catalogs.settle(() =>
    atStatement(source, statement, () => changeCatalog(contextOf(state, source), statement))
  )
  return { kind: "done", statement: done, place, warnings: [] }
}

/** What a catalog refuses gets the place of the statement. */
async function atStatement<T>(
  source: SourceText,
  statement: Ast.Statement,
  body: () => Promise<T>
): Promise<T> {
  try {
    return await body()
  } catch (error) {
    if (!(error instanceof CatalogFault)) throw error
    throw planFault(source, statement.span, error.message)
  }
}

/** CREATE TABLE … AS: the table stays only when its INSERT can be planned. */
async function startCreateAs(
  state: SessionState,
  source: SourceText,
  statement: Ast.CreateTable,
  at: StatementPlace
): Promise<Outcome> {
  const made = await state.catalogs.settle(() =>
    atStatement(source, statement, () => createTableAs(contextOf(state, source), statement))
  )
  try {
    return await startJob(state, source, at, [made.insert])
  } catch (error) {
    await undoCreate(contextOf(state, source), made)
    throw error
  }
}

async function startJob(
  state: SessionState,
  source: SourceText,
  at: StatementPlace,
  inserts: ReadonlyArray<Ast.Insert>
): Promise<Outcome> {
  const settings = state.settings.read()
  const plan = await state.catalogs.settle(() =>
    planInserts(state, contextOf(state, source), inserts)
  )
  return { kind: "job", plan, name: jobName(state, source), query: false, settings, place: at }
}

async function startQuery(
  state: SessionState,
  source: SourceText,
  at: StatementPlace,
  statement: Ast.QueryStatement
): Promise<Outcome> {
  const settings = state.settings.read()
  const plan = await state.catalogs.settle(() =>
    planQuery(state, contextOf(state, source), statement)
  )
  return { kind: "job", plan, name: jobName(state, source), query: true, settings, place: at }
}

/** A job's checkpoints are found by its name, so the second job of one name gets a number. */
function jobName(state: SessionState, source: SourceText): string {
  const file = source.file.split(/[\\/]/).at(-1)!.replace(/\.[^.]*$/, "")
  const base = state.settings.read().get(pipelineName) ?? (file === "" ? "job" : file)
  let name = base
  for (let n = 2; state.jobs.has(name); n++) name = `${base}-${n}`
  state.jobs.add(name)
  return name
}

function setOption(
  state: SessionState,
  source: SourceText,
  statement: Ast.SetOption,
  at: StatementPlace
): Outcome {
  const { pair } = statement
  if (pair === undefined) {
    return {
      kind: "table",
      columns: ["key", "value"],
      rows: state.settings.shown(),
      plain: false,
      place: at
    }
  }
  const { problem, warning } = state.settings.set(pair.key.value, pair.value.value)
  if (problem !== undefined) throw planFault(source, pair.value.span, problem)
  return {
    kind: "done",
    statement: "SET",
    place: at,
    warnings: warning === undefined ? [] : [warning]
  }
}
