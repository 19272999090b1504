/**
 * The catalog `millrace-directory`: tables and views as DDL files, `<database>/<name>.sql` below a directory, so that they
 * survive the session, can be read, edited and kept under version control, and run in any other session.
 */
import type { Disk } from "../../checkpoint/disk.ts"
import type { Awaitable, Catalog, CatalogDatabase, ObjectText } from "./catalog.ts"
import { catalogFault } from "./catalog-fault.ts"
import type { CatalogObject } from "./catalog-object.ts"
import { shortPath } from "./memory-catalog.ts"
import type { ObjectPath } from "./object-path.ts"
import { createText } from "./show-create.ts"
import { TextDirectory } from "./text-directory.ts"

/** A catalog in a directory. What two sessions write at once, the later one wins, object by object. */
export class DirectoryCatalog implements Catalog {
  readonly defaultDatabase: string
  readonly #name: string
  readonly #disk: Disk
  /** A database is the file `<name>.json` with what is known of it, and the directory of its tables. */
  readonly #databases: TextDirectory

  constructor(name: string, disk: Disk, path: string, defaultDatabase: string) {
    this.#name = name
    this.#disk = disk
    this.defaultDatabase = defaultDatabase
    this.#databases = new TextDirectory(disk, path, ".json")
  }

  async open(): Promise<void> {
    this.#databases.open()
    if (this.#databases.read(this.defaultDatabase) === undefined) {
      await this.createDatabase(this.defaultDatabase, { comment: undefined, properties: {} }, true)
    }
  }

  close(): void {}

  databases(): ReadonlyArray<string> {
    return this.#databases.names()
  }

  database(name: string): CatalogDatabase {
    const text = this.#databases.read(name)
    if (text === undefined) throw catalogFault("DatabaseNotExist", this.#name, name)
    const { comment, properties } = JSON.parse(text) as {
      readonly comment?: string
      readonly properties?: Readonly<Record<string, string>>
    }
    return { comment, properties: properties ?? {} }
  }

  async createDatabase(name: string, database: CatalogDatabase, ignore: boolean): Promise<void> {
    if (this.#databases.read(name) !== undefined) {
      if (ignore) return
      throw catalogFault("DatabaseAlreadyExist", this.#name, name)
    }
    this.#texts(name).open()
    await this.#databases.write(name, JSON.stringify(database))
  }

  async alterDatabase(name: string, database: CatalogDatabase, ignore: boolean): Promise<void> {
    if (this.#databases.read(name) !== undefined) {
      return this.#databases.write(name, JSON.stringify(database))
    }
    if (!ignore) throw catalogFault("DatabaseNotExist", this.#name, name)
  }

  async dropDatabase(name: string, ignore: boolean, cascade: boolean): Promise<void> {
    if (this.#databases.read(name) === undefined) {
      if (ignore) return
      throw catalogFault("DatabaseNotExist", this.#name, name)
    }
    const texts = this.#texts(name)
    const { length } = texts.names()
    if (length > 0 && !cascade) {
      throw catalogFault("DatabaseNotEmpty", this.#name, name, `${length} tables and views`)
    }
    await this.#databases.remove(name)
    this.#disk.remove(texts.path)
  }

  objects(database: string, kind?: "view"): ReadonlyArray<string> {
    const texts = this.#need(database)
    const names = texts.names()
    return kind === undefined ? names : names.filter((name) => isView(texts.read(name)!))
  }

  object(path: ObjectPath): ObjectText {
    const texts = this.#texts(path.database)
    const text = this.#find(path)
    if (text === undefined) throw catalogFault("TableNotExist", this.#name, shortPath(path))
    return { kind: "ddl", text, file: texts.file(path.object) }
  }

  createObject(object: CatalogObject, ignore: boolean): Awaitable<void> {
    const texts = this.#need(object.path.database)
    if (texts.read(object.path.object) === undefined) {
      return texts.write(object.path.object, createText(object))
    }
    if (!ignore) throw catalogFault("TableAlreadyExist", this.#name, shortPath(object.path))
  }

  alterObject(object: CatalogObject, ignore: boolean): Awaitable<void> {
    const { path } = object
    const text = this.#find(path)
    if (text === undefined) {
      if (ignore) return
      throw catalogFault("TableNotExist", this.#name, shortPath(path))
    }
    const kind = isView(text) ? "view" : "table"
    if (kind !== object.kind) {
      const detail = `it is a ${kind}, not a ${object.kind}`
      throw catalogFault("TableKindMismatch", this.#name, shortPath(path), detail)
    }
    return this.#texts(path.database).write(path.object, createText(object))
  }

  dropObject(path: ObjectPath, ignore: boolean): Awaitable<void> {
    if (this.#find(path) !== undefined) return this.#texts(path.database).remove(path.object)
    if (!ignore) throw catalogFault("TableNotExist", this.#name, shortPath(path))
  }

  async renameObject(path: ObjectPath, to: string, ignore: boolean): Promise<void> {
    const text = this.#find(path)
    if (text === undefined) {
      if (ignore) return
      throw catalogFault("TableNotExist", this.#name, shortPath(path))
    }
    const texts = this.#texts(path.database)
    if (texts.read(to) !== undefined) {
      throw catalogFault("TableAlreadyExist", this.#name, shortPath({ ...path, object: to }))
    }
    // The name of the file is the table's name; the one within the text is not read.
    await texts.write(to, text)
    await texts.remove(path.object)
  }

  #texts(database: string): TextDirectory {
    const file = this.#databases.file(database)
    return new TextDirectory(this.#disk, file.slice(0, file.length - ".json".length), ".sql")
  }

  #need(database: string): TextDirectory {
    if (this.#databases.read(database) === undefined) {
      throw catalogFault("DatabaseNotExist", this.#name, database)
    }
    return this.#texts(database)
  }

  #find(path: ObjectPath): string | undefined {
    if (this.#databases.read(path.database) === undefined) return undefined
    return this.#texts(path.database).read(path.object)
  }
}

/** By the first CREATE: USE may stand before that of a view. */
function isView(text: string): boolean {
  return /^\s*CREATE\s+(TABLE|VIEW)\b/im.exec(text)?.[1]?.toUpperCase() === "VIEW"
}
