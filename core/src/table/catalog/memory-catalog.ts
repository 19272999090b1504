/** The catalog `generic_in_memory`: nothing in it survives the session. */
import type { Catalog, CatalogDatabase, CatalogFunction, CatalogFunctions } from "./catalog.ts"
import { catalogFault } from "./catalog-fault.ts"
import type { CatalogObject } from "./catalog-object.ts"
import { MemoryPartitions } from "./memory-partitions.ts"
import type { ObjectPath } from "./object-path.ts"

interface Database {
  value: CatalogDatabase
  readonly objects: Map<string, CatalogObject>
  readonly functions: Map<string, CatalogFunction>
}

const empty: CatalogDatabase = { comment: undefined, properties: {} }

/** `db1.t1`. */
export function shortPath(path: ObjectPath): string {
  return `${path.database}.${path.object}`
}

/** A catalog in memory. All its methods answer at once. */
export class MemoryCatalog implements Catalog {
  readonly defaultDatabase: string
  readonly functions: CatalogFunctions
  readonly partitions: MemoryPartitions
  readonly statistics: MemoryPartitions["statistics"]
  readonly #name: string
  readonly #databases = new Map<string, Database>()

  /** With one database, which is empty. */
  constructor(name: string, defaultDatabase: string) {
    this.#name = name
    this.defaultDatabase = defaultDatabase
    this.#databases.set(defaultDatabase, made(empty))
    this.partitions = new MemoryPartitions(name, (path) => this.#find(path))
    this.statistics = this.partitions.statistics
    this.functions = this.#functions()
  }

  open(): void {}
  close(): void {}

  databases(): ReadonlyArray<string> {
    return [...this.#databases.keys()].sort()
  }

  database(name: string): CatalogDatabase {
    return this.#need(name).value
  }

  createDatabase(name: string, database: CatalogDatabase, ignore: boolean): void {
    if (!this.#databases.has(name)) this.#databases.set(name, made(database))
    else if (!ignore) throw catalogFault("DatabaseAlreadyExist", this.#name, name)
  }

  alterDatabase(name: string, database: CatalogDatabase, ignore: boolean): void {
    const found = this.#databases.get(name)
    if (found !== undefined) found.value = database
    else if (!ignore) throw catalogFault("DatabaseNotExist", this.#name, name)
  }

  dropDatabase(name: string, ignore: boolean, cascade: boolean): void {
    const found = this.#databases.get(name)
    if (found === undefined) {
      if (ignore) return
      throw catalogFault("DatabaseNotExist", this.#name, name)
    }
    const { objects, functions } = found
    if (!cascade && objects.size + functions.size > 0) {
      const detail = functions.size === 0
        ? `${objects.size} tables and views`
        : `${objects.size} tables and views and ${functions.size} functions`
      throw catalogFault("DatabaseNotEmpty", this.#name, name, detail)
    }
    for (const object of objects.values()) this.partitions.forget(object.path)
    this.#databases.delete(name)
  }

  objects(database: string, kind?: "view"): ReadonlyArray<string> {
    const all = [...this.#need(database).objects.values()]
    const wanted = kind === undefined ? all : all.filter((object) => object.kind === kind)
    return wanted.map((object) => object.path.object).sort()
  }

  object(path: ObjectPath): CatalogObject {
    const found = this.#find(path)
    if (found === undefined) throw catalogFault("TableNotExist", this.#name, shortPath(path))
    return found
  }

  createObject(object: CatalogObject, ignore: boolean): void {
    const { path } = object
    const { objects } = this.#need(path.database)
    if (!objects.has(path.object)) objects.set(path.object, object)
    else if (!ignore) throw catalogFault("TableAlreadyExist", this.#name, shortPath(path))
  }

  alterObject(object: CatalogObject, ignore: boolean): void {
    const { path } = object
    const found = this.#find(path)
    if (found === undefined) {
      if (ignore) return
      throw catalogFault("TableNotExist", this.#name, shortPath(path))
    }
    if (found.kind !== object.kind) {
      throw catalogFault(
        "TableKindMismatch",
        this.#name,
        shortPath(path),
        `it is a ${found.kind}, not a ${object.kind}`
      )
    }
    this.#need(path.database).objects.set(path.object, object)
  }

  dropObject(path: ObjectPath, ignore: boolean): void {
    if (this.#databases.get(path.database)?.objects.delete(path.object) === true) {
      this.partitions.forget(path)
    } else if (!ignore) throw catalogFault("TableNotExist", this.#name, shortPath(path))
  }

  renameObject(path: ObjectPath, to: string, ignore: boolean): void {
    const found = this.#find(path)
    if (found === undefined) {
      if (ignore) return
      throw catalogFault("TableNotExist", this.#name, shortPath(path))
    }
    const { objects } = this.#need(path.database)
    const target = { ...path, object: to }
    if (objects.has(to)) throw catalogFault("TableAlreadyExist", this.#name, shortPath(target))
    objects.delete(path.object)
    objects.set(to, { ...found, path: target })
    this.partitions.move(path, target)
  }

  #need(name: string): Database {
    const found = this.#databases.get(name)
    if (found === undefined) throw catalogFault("DatabaseNotExist", this.#name, name)
    return found
  }

  #find(path: ObjectPath): CatalogObject | undefined {
    return this.#databases.get(path.database)?.objects.get(path.object)
  }

  #functions(): CatalogFunctions {
    const missing = (path: ObjectPath): Error =>
      catalogFault("FunctionNotExist", this.#name, shortPath(path))
    return {
      list: (database) => [...this.#need(database).functions.keys()].sort(),
      get: (path) => {
        const found = this.#databases.get(path.database)?.functions.get(path.object)
        if (found === undefined) throw missing(path)
        return found
      },
      create: (path, value, ignore) => {
        const { functions } = this.#need(path.database)
        if (!functions.has(path.object)) functions.set(path.object, value)
        else if (!ignore) throw catalogFault("FunctionAlreadyExist", this.#name, shortPath(path))
      },
      alter: (path, value, ignore) => {
        const functions = this.#databases.get(path.database)?.functions
        if (functions?.has(path.object) === true) functions.set(path.object, value)
        else if (!ignore) throw missing(path)
      },
      drop: (path, ignore) => {
        const functions = this.#databases.get(path.database)?.functions
        if (functions?.delete(path.object) !== true && !ignore) throw missing(path)
      }
    }
  }
}

function made(value: CatalogDatabase): Database {
  return { value, objects: new Map(), functions: new Map() }
}
