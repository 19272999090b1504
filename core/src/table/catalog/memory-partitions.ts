/** Partitions and sizes of the tables of a catalog in memory, by the table's full name. */
import {
  type CatalogPartition,
  type CatalogPartitions,
  type CatalogStatistics,
  type CatalogStatisticsKeeper,
  type PartitionSpec,
  unknownStatistics
} from "./catalog.ts"
import { catalogFault, type CatalogReason } from "./catalog-fault.ts"
import type { CatalogObject } from "./catalog-object.ts"
import { type ObjectPath, pathText } from "./object-path.ts"

interface Partition {
  readonly spec: PartitionSpec
  value: CatalogPartition
  statistics: CatalogStatistics
}

/** What is kept of one table. */
interface Entry {
  /** By the canonical text of the specification, in the order made. */
  readonly partitions: Map<string, Partition>
  statistics: CatalogStatistics
}

/** The partitions of all tables of a catalog. */
export class MemoryPartitions implements CatalogPartitions {
  readonly statistics: CatalogStatisticsKeeper
  readonly #catalog: string
  readonly #find: (path: ObjectPath) => CatalogObject | undefined
  readonly #entries = new Map<string, Entry>()

  /** `find`: the catalog's tables. */
  constructor(catalog: string, find: (path: ObjectPath) => CatalogObject | undefined) {
    this.#catalog = catalog
    this.#find = find
    this.statistics = {
      get: (path, spec) => this.#statistics(path, spec),
      alter: (path, value, ignore, spec) => this.#alterStatistics(path, value, ignore, spec)
    }
  }

  list(path: ObjectPath, partial: PartitionSpec = {}): ReadonlyArray<PartitionSpec> {
    const keys = this.#keys(path)
    if (!Object.keys(partial).every((key) => keys.includes(key))) {
      throw this.#fault("PartitionSpecInvalid", path, partial, keys.join(", "))
    }
    return [...this.#entry(path).partitions.values()].map(({ spec }) => spec).filter((spec) =>
      Object.entries(partial).every(([key, value]) => spec[key] === value)
    )
  }

  get(path: ObjectPath, spec: PartitionSpec): CatalogPartition {
    return this.#need(path, spec).value
  }

  create(path: ObjectPath, spec: PartitionSpec, value: CatalogPartition, ignore: boolean): void {
    const keys = this.#keys(path)
    if (!fits(spec, keys)) {
      throw this.#fault("PartitionSpecInvalid", path, spec, keys.join(", "))
    }
    const { partitions } = this.#entry(path)
    const key = canonical(spec)
    if (!partitions.has(key)) partitions.set(key, { spec, value, statistics: unknownStatistics })
    else if (!ignore) throw this.#fault("PartitionAlreadyExist", path, spec)
  }

  alter(path: ObjectPath, spec: PartitionSpec, value: CatalogPartition, ignore: boolean): void {
    const found = this.#partition(path, spec)
    if (found !== undefined) found.value = value
    else if (!ignore) throw this.#fault("PartitionNotExist", path, spec)
  }

  drop(path: ObjectPath, spec: PartitionSpec, ignore: boolean): void {
    const found = this.#partition(path, spec)
    if (found !== undefined) this.#entry(path).partitions.delete(canonical(spec))
    else if (!ignore) throw this.#fault("PartitionNotExist", path, spec)
  }

  /** The table is gone. */
  forget(path: ObjectPath): void {
    this.#entries.delete(pathText(path))
  }

  /** The table has a new name. */
  move(from: ObjectPath, to: ObjectPath): void {
    const entry = this.#entries.get(pathText(from))
    this.#entries.delete(pathText(from))
    if (entry !== undefined) this.#entries.set(pathText(to), entry)
  }

  #statistics(path: ObjectPath, spec: PartitionSpec | undefined): CatalogStatistics {
    if (spec !== undefined) return this.#need(path, spec).statistics
    this.#table(path)
    return this.#entries.get(pathText(path))?.statistics ?? unknownStatistics
  }

  #alterStatistics(
    path: ObjectPath,
    value: CatalogStatistics,
    ignore: boolean,
    spec: PartitionSpec | undefined
  ): void {
    if (spec !== undefined) {
      const found = this.#partition(path, spec)
      if (found !== undefined) found.statistics = value
      else if (!ignore) throw this.#fault("PartitionNotExist", path, spec)
      return
    }
    if (this.#find(path) === undefined && ignore) return
    if (this.#table(path).length === 0) this.#entry(path).statistics = value
  }

  #entry(path: ObjectPath): Entry {
    const name = pathText(path)
    let entry = this.#entries.get(name)
    if (entry === undefined) {
      entry = { partitions: new Map(), statistics: unknownStatistics }
      this.#entries.set(name, entry)
    }
    return entry
  }

  #partition(path: ObjectPath, spec: PartitionSpec): Partition | undefined {
    return this.#entries.get(pathText(path))?.partitions.get(canonical(spec))
  }

  #need(path: ObjectPath, spec: PartitionSpec): Partition {
    const found = this.#partition(path, spec)
    if (found === undefined) throw this.#fault("PartitionNotExist", path, spec)
    return found
  }

  /** Partition keys of a table; none for a view. */
  #table(path: ObjectPath): ReadonlyArray<string> {
    const table = this.#find(path)
    if (table === undefined) {
      throw catalogFault("TableNotExist", this.#catalog, `${path.database}.${path.object}`)
    }
    return table.kind === "table" ? table.partitionKeys : []
  }

  #keys(path: ObjectPath): ReadonlyArray<string> {
    const keys = this.#table(path)
    if (keys.length > 0) return keys
    throw catalogFault("TableNotPartitioned", this.#catalog, `${path.database}.${path.object}`)
  }

  #fault(reason: CatalogReason, path: ObjectPath, spec: PartitionSpec, detail = ""): Error {
    const subject = `(${specText(spec)}) of table '${path.database}.${path.object}'`
    return catalogFault(reason, this.#catalog, subject, detail)
  }
}

function fits(spec: PartitionSpec, keys: ReadonlyArray<string>): boolean {
  const given = Object.keys(spec)
  return given.length === keys.length && given.every((key) => keys.includes(key))
}

function canonical(spec: PartitionSpec): string {
  return JSON.stringify(
    Object.entries(spec).sort(([a], [b]) => a < b ? -1 : 1).map(([k, v]) => [k, v ?? null])
  )
}

/** `day=1, hour=NULL`. */
export function specText(spec: PartitionSpec): string {
  return Object.entries(spec).map(([key, value]) => `${key}=${value ?? "NULL"}`).join(", ")
}
