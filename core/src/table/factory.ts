/**
 * The contract of a table connector. A factory is a value with an identifier, declared options and makers; it is found in
 * a {@link Registry} and knows nothing of SQL text or plans.
 *
 * **Law 1 (one description).** `options` is the only declaration: validation, defaults, docs, completion come from it.
 * **Law 2 (abilities).** An ability is an optional method; the planner asks, the table answers with what it accepted, and
 * what was applied is stored in the plan as data and applied again when the plan is compiled.
 * **Law 3 (no effects).** Making a source or sink touches nothing outside; `Sink.prepare`, enumerators and readers do.
 */
import type { Disk } from "../checkpoint/disk.ts"
import type { Sink } from "../sink/sink.ts"
import type { Lookup } from "../source/lookup.ts"
import type { Source } from "../source/source.ts"
import type { RowCacheLimits } from "../state/row-cache.ts"
import type { LogicalType, RowType } from "../type/logical-type.ts"
import type { Catalog } from "./catalog/catalog.ts"
import type { CatalogStore } from "./catalog/catalog-store.ts"
import type { Environment } from "./environment.ts"
import type { Expression } from "./expression.ts"
import type { BadRecord, FormatFactory } from "./format.ts"
import type { OptionSet, ReadOptions } from "./options.ts"
import type { Changelog, PlanTable } from "./plan.ts"

/** A format that a connector asked for under one of its format keys. */
export interface FoundFormat {
  readonly factory: FormatFactory
  readonly options: ReadOptions
}

/** What a connector is given when it makes a source or a sink. */
export interface TableContext {
  readonly table: PlanTable
  readonly options: ReadOptions
  /** By format key: `format`, `key.format`, `value.format`. Only the keys that the factory declares and the user gave. */
  readonly formats: ReadonlyMap<string, FoundFormat>
  readonly timeZone: string
  readonly parallelism: number
  /** What to do with a bad record: throws, skips and counts, or hands to the dead-letter table, as the table says. */
  readonly onBad: (record: BadRecord, source: string) => void
}

/** What the plan applied to a scan; all of it is data of the plan. */
export interface ScanAbilities {
  /** Paths into the physical columns. */
  readonly projection: ReadonlyArray<ReadonlyArray<number>>
  /** Metadata keys appended after the projection. */
  readonly metadata: ReadonlyArray<string>
  readonly filters: ReadonlyArray<Expression>
  readonly limit: number | undefined
}

/** What a connector says of a table as a source, before anything is made. */
export interface SourceTraits {
  readonly boundedness: "bounded" | "unbounded"
  readonly changelog: Changelog
  /** Readable metadata: key → type. */
  readonly metadata: Readonly<Record<string, LogicalType>>
  /** Whether `[2, 0]` may be asked for; otherwise only whole columns. */
  readonly nestedProjection: boolean
}

/** What a connector says of a table as a sink. */
export interface SinkTraits {
  /** Of what it is asked to take, what it takes; `insert` only refuses updating queries. */
  readonly changelog: Changelog
  /** Writable metadata: key → type. */
  readonly metadata: Readonly<Record<string, LogicalType>>
  readonly partitioning: boolean
  readonly overwrite: boolean
}

/** How long rows that were asked for are kept; Infinity and 0 as they say. */
export type LookupCacheLimits = RowCacheLimits

/** How rows of a table are looked up by key. */
export type LookupAbility =
  /** The whole table is read by its bounded, insert-only source, and again after `reloadMillis`. */
  | {
    readonly kind: "full"
    readonly reloadMillis: (context: TableContext) => number | undefined
  }
  /** Each key is asked for. `columns`: physical columns to answer with; `keys`: those of the key, in the order of questions. */
  | {
    readonly kind: "asked"
    readonly cache: (context: TableContext) => LookupCacheLimits
    /** What keeps the given columns from being a key, as a sentence; undefined: nothing. */
    readonly problem?: (context: TableContext, keys: RowType) => string | undefined
    readonly make: (
      context: TableContext,
      abilities: { readonly columns: RowType; readonly keys: RowType }
    ) => Lookup
  }

/** A connector. */
export interface ConnectorFactory {
  readonly kind: "connector"
  readonly identifier: string
  /** The npm package, for messages and docs. */
  readonly package: string
  readonly description: string
  readonly options: OptionSet
  /** Format keys it understands, the required first; empty: none. */
  readonly formatKeys: ReadonlyArray<{ readonly key: string; readonly required: boolean }>
  /** Problems beyond single options, as sentences. */
  readonly check?: (context: TableContext, role: "source" | "sink") => ReadonlyArray<string>
  readonly source?: {
    readonly traits: (context: TableContext) => SourceTraits
    readonly make: (context: TableContext, abilities: ScanAbilities) => Source
  }
  /** Absent: a table of it cannot be looked up. */
  readonly lookup?: LookupAbility
  readonly sink?: {
    readonly traits: (context: TableContext) => SinkTraits
    /** `consumed`: the written columns, in order. */
    readonly make: (
      context: TableContext,
      consumed: RowType,
      abilities: {
        readonly overwrite: boolean
        readonly staticPartition: Readonly<Record<string, string>>
      }
    ) => Sink
  }
}

/** What a catalog or a catalog store is made with. */
export interface CatalogContext {
  /** The catalog's name; of a store its kind. */
  readonly name: string
  readonly options: ReadOptions
  /** Undefined in a session that was made without one. */
  readonly disk: Disk | undefined
}

/** A kind of catalog: `CREATE CATALOG … WITH ('type' = '<identifier>')`. */
export interface CatalogFactory {
  readonly kind: "catalog"
  readonly identifier: string
  readonly package: string
  readonly description: string
  /** Beside `type`. */
  readonly options: OptionSet
  /** Touches nothing outside; `open` of the catalog does. */
  readonly make: (context: CatalogContext) => Catalog
}

/** A kind of catalog store: `SET 'table.catalog-store.kind' = '<identifier>'`. */
export interface CatalogStoreFactory {
  readonly kind: "catalog-store"
  readonly identifier: string
  readonly package: string
  readonly description: string
  /** Read under `table.catalog-store.<identifier>.`. */
  readonly options: OptionSet
  readonly make: (context: CatalogContext) => CatalogStore
}

/** Any factory. */
export type Factory = ConnectorFactory | FormatFactory | CatalogFactory | CatalogStoreFactory

/** How a factory is found: by kind and identifier; loading is lazy. */
export interface Registry {
  /** Sorted identifiers of a kind. */
  identifiers(kind: Factory["kind"]): ReadonlyArray<string>
  connector(identifier: string): Promise<ConnectorFactory | undefined>
  format(identifier: string): Promise<FormatFactory | undefined>
  catalog(identifier: string): Promise<CatalogFactory | undefined>
  catalogStore(identifier: string): Promise<CatalogStoreFactory | undefined>
  /** Variables that `${env:NAME}` in option values stands for. Absent: none. */
  readonly environment?: Environment
}
