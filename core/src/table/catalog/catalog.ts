/**
 * The contract of a catalog: databases with tables and views, and what else may be kept beside them. A catalog that lives
 * in memory answers at once; one that asks a server or a disk answers with a promise, and the session waits.
 *
 * **Law 1 (names).** Names are compared as they are written. Tables and views of a database share one space of names.
 * **Law 2 (old stays).** Creating what is there, with `ignore`, keeps the old object as it was and compares nothing.
 * **Law 3 (missing).** Reading or changing what is not there throws; with `ignore` a change does nothing. Reading a table
 * of a database that is not there is a missing *table*, creating one there a missing *database*.
 * **Law 4 (kinds).** A table stays a table and a view a view.
 *
 * Every method throws (or rejects with) `CatalogFault` for these, and its own faults for what it depends on. Which tests
 * prove it: `core/test/catalog.test.ts`, run on every catalog here.
 */
import type { CatalogObject } from "./catalog-object.ts"
import type { ObjectPath } from "./object-path.ts"

/** At once, or later. */
export type Awaitable<T> = T | Promise<T>

/** A database. */
export interface CatalogDatabase {
  readonly comment: string | undefined
  readonly properties: Readonly<Record<string, string>>
}

/** A table or view as a catalog that keeps texts hands it out: the DDL that makes it. The session binds it. */
export interface ObjectText {
  readonly kind: "ddl"
  /** `CREATE TABLE …` or `CREATE VIEW …`, one statement. */
  readonly text: string
  /** For messages: where the text is kept. */
  readonly file: string
}

/** A function of a user, by where its code is. */
export interface CatalogFunction {
  readonly implementation: string
  readonly language: string
}

/** A partition's name: value by key; NULL is undefined. */
export type PartitionSpec = Readonly<Record<string, string | undefined>>

/** What is kept of a partition. */
export interface CatalogPartition {
  readonly comment: string | undefined
  readonly properties: Readonly<Record<string, string>>
}

/** What is known of the size of a table or partition; -1: unknown. */
export interface CatalogStatistics {
  readonly rowCount: number
  readonly fileCount: number
  readonly totalSizeBytes: number
  readonly rawDataSizeBytes: number
}

/** A catalog. */
export interface Catalog {
  /** The database that USE CATALOG goes to. */
  readonly defaultDatabase: string
  /** Called once, before anything else. When it fails the catalog is not registered. */
  open(): Awaitable<void>
  close(): Awaitable<void>

  /** Sorted names. */
  databases(): Awaitable<ReadonlyArray<string>>
  database(name: string): Awaitable<CatalogDatabase>
  createDatabase(name: string, database: CatalogDatabase, ignore: boolean): Awaitable<void>
  alterDatabase(name: string, database: CatalogDatabase, ignore: boolean): Awaitable<void>
  /** One with tables or functions only with `cascade`. */
  dropDatabase(name: string, ignore: boolean, cascade: boolean): Awaitable<void>

  /** Sorted names of the tables and views, or of the views alone. */
  objects(database: string, kind?: "view"): Awaitable<ReadonlyArray<string>>
  object(path: ObjectPath): Awaitable<CatalogObject | ObjectText>
  createObject(object: CatalogObject, ignore: boolean): Awaitable<void>
  alterObject(object: CatalogObject, ignore: boolean): Awaitable<void>
  dropObject(path: ObjectPath, ignore: boolean): Awaitable<void>
  /** The new name is in the same database. */
  renameObject(path: ObjectPath, to: string, ignore: boolean): Awaitable<void>

  /** Absent: this catalog keeps none. */
  readonly functions?: CatalogFunctions
  readonly partitions?: CatalogPartitions
  readonly statistics?: CatalogStatisticsKeeper
}

/** Functions of users. */
export interface CatalogFunctions {
  /** Sorted names. */
  list(database: string): Awaitable<ReadonlyArray<string>>
  get(path: ObjectPath): Awaitable<CatalogFunction>
  create(path: ObjectPath, value: CatalogFunction, ignore: boolean): Awaitable<void>
  alter(path: ObjectPath, value: CatalogFunction, ignore: boolean): Awaitable<void>
  drop(path: ObjectPath, ignore: boolean): Awaitable<void>
}

/** Partitions of tables that have partition keys. A missing table is a missing partition, but for `create`. */
export interface CatalogPartitions {
  /** Those that agree with `partial`, in the order in which they were made. */
  list(path: ObjectPath, partial?: PartitionSpec): Awaitable<ReadonlyArray<PartitionSpec>>
  get(path: ObjectPath, spec: PartitionSpec): Awaitable<CatalogPartition>
  create(
    path: ObjectPath,
    spec: PartitionSpec,
    value: CatalogPartition,
    ignore: boolean
  ): Awaitable<void>
  alter(
    path: ObjectPath,
    spec: PartitionSpec,
    value: CatalogPartition,
    ignore: boolean
  ): Awaitable<void>
  drop(path: ObjectPath, spec: PartitionSpec, ignore: boolean): Awaitable<void>
}

/** Sizes, kept as they were told. */
export interface CatalogStatisticsKeeper {
  /** Unknown where nothing was told. */
  get(path: ObjectPath, spec?: PartitionSpec): Awaitable<CatalogStatistics>
  /** Of a partitioned table itself nothing is kept. */
  alter(
    path: ObjectPath,
    value: CatalogStatistics,
    ignore: boolean,
    spec?: PartitionSpec
  ): Awaitable<void>
}

/** Nothing is known. */
export const unknownStatistics: CatalogStatistics = {
  rowCount: -1,
  fileCount: -1,
  totalSizeBytes: -1,
  rawDataSizeBytes: -1
}
