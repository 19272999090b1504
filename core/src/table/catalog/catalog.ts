/**
 * Catalogs in memory: databases with tables and views, the temporary objects that hide them, and the current names by which
 * short ones are completed. Names are case-sensitive; nothing survives the session.
 */
import type { CatalogObject } from "./catalog-object.ts"
import { type ObjectPath, pathText } from "./object-path.ts"

/** The catalog and database that every session begins in. */
export const home = { catalog: "default_catalog", database: "default_database" } as const

interface Database {
  readonly comment: string | undefined
  readonly objects: Map<string, CatalogObject>
}

/** The catalogs of a session. Methods that change something answer what hinders them as a sentence, or undefined. */
export class Catalogs {
  readonly #catalogs = new Map<string, Map<string, Database>>()
  readonly #temporary = new Map<string, CatalogObject>()
  #catalog: string = home.catalog
  #database: string = home.database

  constructor() {
    this.#catalogs.set(
      home.catalog,
      new Map([[home.database, { comment: undefined, objects: new Map() }]])
    )
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
    return this.#catalogs.get(path.catalog)?.get(path.database)?.objects.get(path.object)
  }

  /** As {@link find}, only temporary objects. */
  temporary(path: ObjectPath): CatalogObject | undefined {
    return this.#temporary.get(pathText(path))
  }

  /** Sorted names of the tables and views of a database, temporary ones included. */
  objects(catalog: string, database: string): ReadonlyArray<CatalogObject> {
    const found = new Map<string, CatalogObject>(
      this.#catalogs.get(catalog)?.get(database)?.objects
    )
    for (const object of this.#temporary.values()) {
      if (object.path.catalog === catalog && object.path.database === database) {
        found.set(object.path.object, object)
      }
    }
    return [...found.values()].sort((a, b) => a.path.object < b.path.object ? -1 : 1)
  }

  /** Sorted names of catalogs. */
  catalogs(): ReadonlyArray<string> {
    return [...this.#catalogs.keys()].sort()
  }

  /** Sorted names of the databases of a catalog; undefined when there is no such catalog. */
  databases(catalog: string): ReadonlyArray<string> | undefined {
    const databases = this.#catalogs.get(catalog)
    return databases === undefined ? undefined : [...databases.keys()].sort()
  }

  /** Put a table or view in its place, over what was there. */
  put(object: CatalogObject): string | undefined {
    const { path } = object
    if (object.temporary) {
      this.#temporary.set(pathText(path), object)
      return undefined
    }
    const database = this.#catalogs.get(path.catalog)?.get(path.database)
    if (database === undefined) return `Database '${path.catalog}.${path.database}' does not exist`
    database.objects.set(path.object, object)
    return undefined
  }

  /** Remove a table or view. */
  remove(object: CatalogObject): void {
    if (object.temporary) this.#temporary.delete(pathText(object.path))
    else {this.#catalogs.get(object.path.catalog)?.get(object.path.database)?.objects.delete(
        object.path.object
      )}
  }

  /** Make a catalog that lives in memory, with one database. */
  createCatalog(name: string, database: string): string | undefined {
    if (this.#catalogs.has(name)) return `Catalog '${name}' already exists`
    this.#catalogs.set(name, new Map([[database, { comment: undefined, objects: new Map() }]]))
    return undefined
  }

  /** Remove a catalog and what is in it. */
  dropCatalog(name: string): string | undefined {
    if (!this.#catalogs.has(name)) return `Catalog '${name}' does not exist`
    if (name === this.#catalog) return `Catalog '${name}' is the current one and cannot be dropped`
    this.#catalogs.delete(name)
    return undefined
  }

  /** Make a database. */
  createDatabase(catalog: string, name: string, comment: string | undefined): string | undefined {
    const databases = this.#catalogs.get(catalog)
    if (databases === undefined) return `Catalog '${catalog}' does not exist`
    if (databases.has(name)) return `Database '${catalog}.${name}' already exists`
    databases.set(name, { comment, objects: new Map() })
    return undefined
  }

  /** Remove a database; one with tables only when asked to `cascade`. */
  dropDatabase(catalog: string, name: string, cascade: boolean): string | undefined {
    const database = this.#catalogs.get(catalog)?.get(name)
    if (database === undefined) return `Database '${catalog}.${name}' does not exist`
    if (catalog === this.#catalog && name === this.#database) {
      return `Database '${catalog}.${name}' is the current one and cannot be dropped`
    }
    if (!cascade && database.objects.size > 0) {
      return `Database '${catalog}.${name}' is not empty: drop its ${database.objects.size} tables and views first, or add CASCADE`
    }
    this.#catalogs.get(catalog)!.delete(name)
    return undefined
  }

  /** Change where short names are looked up. */
  useCatalog(name: string): string | undefined {
    const databases = this.#catalogs.get(name)
    if (databases === undefined) return `Catalog '${name}' does not exist`
    this.#catalog = name
    this.#database = name === home.catalog ? home.database : [...databases.keys()][0] ?? "default"
    return undefined
  }

  /** As {@link useCatalog}, for a database of `catalog`. */
  useDatabase(catalog: string, name: string): string | undefined {
    if (this.#catalogs.get(catalog)?.has(name) !== true) {
      return `Database '${catalog}.${name}' does not exist`
    }
    this.#catalog = catalog
    this.#database = name
    return undefined
  }
}
