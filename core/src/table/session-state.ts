/** What the parts of a session share. */
import { CatalogHostFault } from "./catalog/catalog-host-fault.ts"
import type { Disk } from "../checkpoint/disk.ts"
import type * as Ast from "../sql/ast.ts"
import { parse } from "../sql/parser.ts"
import type { ObjectText } from "./catalog/catalog.ts"
import type { CatalogObject } from "./catalog/catalog-object.ts"
import type { Catalog } from "./catalog/catalog.ts"
import type { CatalogDescriptor } from "./catalog/catalog-store.ts"
import { Catalogs } from "./catalog/catalogs.ts"
import type { ObjectPath } from "./catalog/object-path.ts"
import { expandOptions } from "./environment.ts"
import type { Registry } from "./factory.ts"
import { nearest } from "./nearest.ts"
import { describe } from "./option-fault.ts"
import { type OptionProblem, readOptions } from "./options.ts"
import { bindCreateTable, bindCreateView } from "./planner/bind-create.ts"
import { bindQuery } from "./planner/bind-query.ts"
import type { SourceText } from "./planner/plan-fault.ts"
import { RelationPool } from "./planner/relation-pool.ts"
import type { BindContext } from "./planner/scope.ts"
import { localTimeZone } from "./session-options.ts"
import type { Settings } from "./session-settings.ts"
import { UserFunctions } from "./user/user-functions.ts"

/** The state of a session. */
export interface SessionState {
  readonly registry: Registry
  readonly catalogs: Catalogs
  readonly settings: Settings
  readonly disk: Disk | undefined
  readonly store: StoreInUse
  /** Names of the jobs so far. */
  readonly jobs: Set<string>
  /** Functions of users. */
  readonly functions: UserFunctions
}

/** The catalog store that a session uses, by the options that chose it. */
export interface StoreInUse {
  chosen: string
}

/** The state that a session begins with. */
export function makeState(
  registry: Registry,
  settings: Settings,
  disk: Disk | undefined,
  functions: UserFunctions = new UserFunctions({}, undefined)
): SessionState {
  const state: SessionState = {
    registry,
    settings,
    disk,
    catalogs: new Catalogs({
      make: (name, descriptor) => makeCatalog(state, name, descriptor),
      bind: (text, path) => bindText(state, text, path)
    }),
    store: { chosen: JSON.stringify(["generic_in_memory", {}]) },
    jobs: new Set(),
    functions
  }
  return state
}

/** A fresh context for binding one statement. */
export function contextOf(state: SessionState, source: SourceText): BindContext {
  return {
    pool: new RelationPool(),
    catalogs: state.catalogs,
    functions: state.functions,
    home: state.catalogs.current,
    source,
    timeZone: state.settings.read().need(localTimeZone),
    tables: new Map(),
    common: new Map(),
    expanding: [],
    views: new Map(),
    spans: new WeakMap(),
    bindQuery
  }
}

/** The catalog that options describe: its factory is found by `type`, all its options are checked at once. */
async function makeCatalog(
  state: SessionState,
  name: string,
  descriptor: CatalogDescriptor
): Promise<Catalog> {
  const { registry } = state
  const others: Array<string> = []
  const problems: Array<OptionProblem> = []
  const { given } = expandOptions(descriptor.options, registry.environment, others)
  const type = given["type"]
  const known = registry.identifiers("catalog")
  const factory = type === undefined ? undefined : await registry.catalog(type)
  if (factory === undefined) {
    const near = type === undefined ? undefined : nearest(type, known)
    const problem = type === undefined
      ? `Option 'type' is required: add 'type' = '…'`
      : `No catalog of type '${type}' is installed${
        near === undefined ? "" : `. Did you mean '${near}'?`
      }`
    throw new CatalogHostFault({
      catalog: name,
      problems: [`${problem} (types: ${known.join(", ")})`]
    })
  }
  const consumed = new Set(["type"])
  const options = readOptions(factory.options, { given, prefix: "" }, consumed, problems)
  const supported = factory.options.map((option) => option.key).sort()
  for (const key of Object.keys(given)) {
    if (!consumed.has(key)) {
      problems.push({ kind: "unknown", key, nearest: nearest(key, supported), supported })
    }
  }
  if (problems.length + others.length > 0) {
    throw new CatalogHostFault({ catalog: name, problems: [...problems.map(describe), ...others] })
  }
  return factory.make({ name, options, disk: state.disk })
}

/** A table or view that a catalog keeps as DDL. Its short names are looked up in its own database, or where USE before it says. */
function bindText(state: SessionState, text: ObjectText, path: ObjectPath): CatalogObject {
  const source: SourceText = { file: text.file, text: text.text }
  const statements = parse(text.text)
  let home = { catalog: path.catalog, database: path.database }
  for (const statement of statements) {
    if (statement.kind === "use") home = used(statement, home)
    const context = { ...contextOf(state, source), home }
    if (statement.kind === "createTable") return bindCreateTable(statement, path, context)
    if (statement.kind === "createView") return bindCreateView(statement, path, context)
  }
  throw new CatalogHostFault({
    catalog: path.catalog,
    problems: [`"${text.file}" holds neither CREATE TABLE nor CREATE VIEW`]
  })
}

function used(
  node: Ast.Use,
  home: { readonly catalog: string; readonly database: string }
): { readonly catalog: string; readonly database: string } {
  const parts = node.names[0]!.parts.map((part) => part.name)
  if (node.object === "CATALOG") return { catalog: parts.at(-1)!, database: home.database }
  return { catalog: parts.at(-2) ?? home.catalog, database: parts.at(-1)! }
}
