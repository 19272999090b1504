/**
 * The catalogs of a session: those made so far, the temporary objects that hide what is in them, and the current names by
 * which short ones are completed.
 *
 * Reading is synchronous, as binding is: when a catalog answers with a promise the read throws {@link Pending}, and
 * {@link Catalogs.settle} waits and begins the statement anew with the answer at hand. So nothing that binds may have an
 * effect before its last read. Answers hold for one statement.
 */
import type { Awaitable, Catalog, CatalogDatabase, ObjectText } from "./catalog.ts"
import { CatalogFault, catalogFault } from "./catalog-fault.ts"
import type { CatalogObject } from "./catalog-object.ts"
import type { CatalogDescriptor, CatalogStore } from "./catalog-store.ts"
import { MemoryCatalogStore } from "./catalog-store.ts"
import { MemoryCatalog } from "./memory-catalog.ts"
import { type ObjectPath, pathText } from "./object-path.ts"

/** The catalog and database that every session begins in. */
export const home = { catalog: "default_catalog", database: "default_database" } as const

/** Thrown by a read that must wait. Not an error: only {@link Catalogs.settle} may catch it. */
export class Pending {
  readonly answer: Promise<void>

  constructor(answer: Promise<void>) {
    this.answer = answer
  }
}

/** What catalogs need of the session. */
export interface CatalogHost {
  /** Make the catalog that a descriptor describes; it is not open. */
  readonly make: (name: string, descriptor: CatalogDescriptor) => Promise<Catalog>
  /** The table or view that a text makes, under the given name. */
  readonly bind: (text: ObjectText, path: ObjectPath) => CatalogObject
}

interface Opened {
  readonly catalog: Catalog
  readonly descriptor: CatalogDescriptor
}

type Answer = { readonly value: unknown } | { readonly error: unknown }

/** The catalogs of a session. */
export class Catalogs {
  readonly #host: CatalogHost
  readonly #opened = new Map<string, Opened>()
  readonly #temporary = new Map<string, CatalogObject>()
  readonly #answers = new Map<string, Answer>()
  #store: CatalogStore = new MemoryCatalogStore()
  #catalog: string = home.catalog
  #database: string = home.database

  constructor(host: CatalogHost) {
    this.#host = host
    this.#opened.set(home.catalog, {
      catalog: new MemoryCatalog(home.catalog, home.database),
      descriptor: {
        options: { type: "generic_in_memory", "default-database": home.database },
        comment: undefined
      }
    })
  }

  /** Keep catalogs in `store` from now on; those made before stay in the session. */
  async useStore(store: CatalogStore): Promise<void> {
    await store.open()
    this.#store = store
  }

  /** Carry out a statement, again each time that a read had to wait. */
  async settle<T>(body: () => Awaitable<T>): Promise<T> {
    this.#answers.clear()
    for (;;) {
      try {
        return await body()
      } catch (thrown) {
        if (!(thrown instanceof Pending)) throw thrown
        await thrown.answer
      }
    }
  }

  /** Where short names are looked up. */
  get current(): { readonly catalog: string; readonly database: string } {
    return { catalog: this.#catalog, database: this.#database }
  }

  /** A name of one to three parts made whole. */
  path(
    parts: ReadonlyArray<string>,
    at: { readonly catalog: string; readonly database: string } = this.current
  ): ObjectPath {
    const object = parts[parts.length - 1]!
    const database = parts[parts.length - 2] ?? at.database
    const catalog = parts[parts.length - 3] ?? at.catalog
    return { catalog, database, object }
  }

  /** The table or view of that name; a temporary one first. */
  find(path: ObjectPath): CatalogObject | undefined {
    return this.#temporary.get(pathText(path)) ?? this.permanent(path)
  }

  /** As {@link find}, without temporary objects. */
  permanent(path: ObjectPath): CatalogObject | undefined {
    const catalog = this.catalog(path.catalog)
    if (catalog === undefined) return undefined
    const found = this.#present(`object ${pathText(path)}`, () => catalog.object(path))
    return found?.kind === "ddl" ? this.#host.bind(found, path) : found
  }

  /** As {@link find}, only temporary objects. */
  temporary(path: ObjectPath): CatalogObject | undefined {
    return this.#temporary.get(pathText(path))
  }

  /** The tables and views of a database by name, temporary ones included. */
  objects(catalog: string, database: string): ReadonlyArray<CatalogObject> {
    return this.names(catalog, database).flatMap((object) =>
      this.find({ catalog, database, object }) ?? []
    )
  }

  /** Sorted names of the tables and views of a database, temporary ones included; with `kind` only the views. */
  names(catalog: string, database: string, kind?: "view"): ReadonlyArray<string> {
    const found = this.catalog(catalog)
    const kept = found === undefined
      ? []
      : this.#present(`names ${catalog}.${database} ${kind}`, () => found.objects(database, kind))
    const names = new Set(kept ?? [])
    for (const object of this.#temporary.values()) {
      if (object.path.catalog !== catalog || object.path.database !== database) continue
      if (kind === undefined || object.kind === kind) names.add(object.path.object)
      else names.delete(object.path.object)
    }
    return [...names].sort()
  }

  /** Sorted names of catalogs. */
  catalogs(): ReadonlyArray<string> {
    const stored = this.#settled("catalogs", () => this.#store.list())
    return [...new Set([...this.#opened.keys(), ...stored])].sort()
  }

  /** The catalog of that name, opened if it is only known to the store. */
  catalog(name: string): Catalog | undefined {
    return this.#open(name)?.catalog
  }

  /** How a catalog was made. */
  descriptor(name: string): CatalogDescriptor | undefined {
    return this.#open(name)?.descriptor
  }

  /** Sorted names of the databases of a catalog; undefined when there is no such catalog. */
  databases(catalog: string): ReadonlyArray<string> | undefined {
    const found = this.catalog(catalog)
    return found && this.#settled(`databases ${catalog}`, () => found.databases())
  }

  /** A database; undefined when there is none of that name. */
  database(catalog: string, name: string): CatalogDatabase | undefined {
    const found = this.catalog(catalog)
    return found && this.#present(`database ${catalog}.${name}`, () => found.database(name))
  }

  /** Any other read of a catalog that may have to wait. `key` names it within the statement. */
  read<T>(key: string, call: () => Awaitable<T>): T {
    return this.#settled(key, call)
  }

  /** Make a table or view; nothing may be of its name. */
  async create(object: CatalogObject): Promise<void> {
    if (object.temporary) this.#temporary.set(pathText(object.path), object)
    else await this.#need(object.path.catalog).createObject(object, false)
  }

  /** Put a table or view over the one of its name. */
  async alter(object: CatalogObject): Promise<void> {
    if (object.temporary) this.#temporary.set(pathText(object.path), object)
    else await this.#need(object.path.catalog).alterObject(object, false)
  }

  /** Remove a table or view. */
  async drop(object: CatalogObject): Promise<void> {
    if (object.temporary) this.#temporary.delete(pathText(object.path))
    else await this.#need(object.path.catalog).dropObject(object.path, false)
  }

  /** Give a table or view another name in its database. */
  async rename(object: CatalogObject, to: string): Promise<void> {
    const { path } = object
    if (!object.temporary) return this.#need(path.catalog).renameObject(path, to, false)
    this.#temporary.delete(pathText(path))
    const moved = { ...object, path: { ...path, object: to } }
    this.#temporary.set(pathText(moved.path), moved)
  }

  /** Make and open a catalog, and keep it in the store. When it cannot be opened nothing is registered. */
  async createCatalog(name: string, descriptor: CatalogDescriptor): Promise<void> {
    if (this.catalogs().includes(name)) throw catalogFault("CatalogAlreadyExist", name)
    const catalog = await this.#host.make(name, descriptor)
    await catalog.open()
    await this.#store.put(name, descriptor)
    this.#opened.set(name, { catalog, descriptor })
  }

  /** Describe a catalog anew. One that is open is made anew with it, except the one in memory, which keeps what it has. */
  async alterCatalog(name: string, descriptor: CatalogDescriptor): Promise<void> {
    const old = this.#opened.get(name)
    if (old === undefined) throw catalogFault("CatalogNotExist", name)
    const catalog = old.catalog instanceof MemoryCatalog
      ? old.catalog
      : await this.#host.make(name, descriptor)
    if (catalog !== old.catalog) await catalog.open()
    await this.#store.put(name, descriptor)
    this.#opened.set(name, { catalog, descriptor })
    if (catalog !== old.catalog) await old.catalog.close()
  }

  /** Forget a catalog; what it keeps elsewhere stays there. */
  async dropCatalog(name: string): Promise<void> {
    const found = this.#opened.get(name)
    if (found === undefined) throw catalogFault("CatalogNotExist", name)
    await this.#store.remove(name)
    this.#opened.delete(name)
    await found.catalog.close()
  }

  /** Change where short names are looked up: the catalog's default database. */
  useCatalog(name: string): void {
    const catalog = this.#need(name)
    this.#catalog = name
    this.#database = catalog.defaultDatabase
  }

  /** As {@link useCatalog}, for a database of `catalog`. */
  useDatabase(catalog: string, name: string): void {
    if (this.database(catalog, name) === undefined) {
      throw catalogFault("DatabaseNotExist", catalog, name)
    }
    this.#catalog = catalog
    this.#database = name
  }

  #need(name: string): Catalog {
    const found = this.catalog(name)
    if (found === undefined) throw catalogFault("CatalogNotExist", name)
    return found
  }

  #open(name: string): Opened | undefined {
    const opened = this.#opened.get(name)
    if (opened !== undefined) return opened
    const descriptor = this.#settled(`catalog ${name}`, () => this.#store.get(name))
    if (descriptor === undefined) return undefined
    return this.#settled(`open ${name}`, async () => {
      const catalog = await this.#host.make(name, descriptor)
      await catalog.open()
      const made = { catalog, descriptor }
      this.#opened.set(name, made)
      return made
    })
  }

  /** As {@link #settled}, but what does not exist is undefined. */
  #present<T>(key: string, call: () => Awaitable<T>): T | undefined {
    try {
      return this.#settled(key, call)
    } catch (error) {
      if (error instanceof CatalogFault && error.reason.endsWith("NotExist")) return undefined
      throw error
    }
  }

  #settled<T>(key: string, call: () => Awaitable<T>): T {
    const known = this.#answers.get(key)
    if (known !== undefined) {
      if ("error" in known) throw known.error
      return known.value as T
    }
    const answer = call()
    if (!(answer instanceof Promise)) return answer
    throw new Pending(
      answer.then(
        (value) => void this.#answers.set(key, { value }),
        (error: unknown) => void this.#answers.set(key, { error })
      )
    )
  }
}
