/** What the parts of a session share. */
import type { Catalogs } from "./catalog/catalog.ts"
import type { Registry } from "./factory.ts"
import { bindQuery } from "./planner/bind-query.ts"
import type { SourceText } from "./planner/plan-fault.ts"
import { RelationPool } from "./planner/relation-pool.ts"
import type { BindContext } from "./planner/scope.ts"
import { localTimeZone } from "./session-options.ts"
import type { Settings } from "./session-settings.ts"

/** The state of a session. */
export interface SessionState {
  readonly registry: Registry
  readonly catalogs: Catalogs
  readonly settings: Settings
  /** Names of the jobs so far. */
  readonly jobs: Set<string>
}

/** A fresh context for binding one statement. */
export function contextOf(state: SessionState, source: SourceText): BindContext {
  return {
    pool: new RelationPool(),
    catalogs: state.catalogs,
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
