/** The catalogs and catalog stores that are part of the core. */
import type { Disk } from "../../checkpoint/disk.ts"
import type { CatalogFactory, CatalogStoreFactory } from "../factory.ts"
import type { Option } from "../options.ts"
import { CatalogHostFault } from "./catalog-host-fault.ts"
import { MemoryCatalogStore } from "./catalog-store.ts"
import { DirectoryCatalog } from "./directory-catalog.ts"
import { FileCatalogStore } from "./file-catalog-store.ts"
import { MemoryCatalog } from "./memory-catalog.ts"

const defaultDatabase: Option<"string"> = {
  key: "default-database",
  kind: "string",
  default: "default",
  description: "The database that USE CATALOG goes to; it is made with the catalog."
}

const directory: Option<"string"> = {
  key: "path",
  kind: "string",
  required: true,
  description: "Directory of the catalog; made if it is missing."
}

const storeDirectory: Option<"string"> = {
  key: "path",
  kind: "string",
  required: true,
  description: "Directory of the store; made if it is missing."
}

const memory: CatalogFactory = {
  kind: "catalog",
  identifier: "generic_in_memory",
  package: "@millrace/core",
  description: "Databases, tables, views and functions that end with the session.",
  options: [defaultDatabase],
  make: ({ name, options }) => new MemoryCatalog(name, options.need(defaultDatabase))
}

const files: CatalogFactory = {
  kind: "catalog",
  identifier: "millrace-directory",
  package: "@millrace/core",
  description: "Tables and views as DDL files in a directory, one a file, which people may edit.",
  options: [directory, defaultDatabase],
  make: ({ name, options, disk }) =>
    new DirectoryCatalog(
      name,
      needDisk(disk, name),
      options.need(directory),
      options.need(defaultDatabase)
    )
}

const memoryStore: CatalogStoreFactory = {
  kind: "catalog-store",
  identifier: "generic_in_memory",
  package: "@millrace/core",
  description: "Catalogs end with the session.",
  options: [],
  make: () => new MemoryCatalogStore()
}

const fileStore: CatalogStoreFactory = {
  kind: "catalog-store",
  identifier: "file",
  package: "@millrace/core",
  description: "Catalogs are found again by later sessions: one file a catalog.",
  options: [storeDirectory],
  make: ({ name, options, disk }) =>
    new FileCatalogStore(needDisk(disk, name), options.need(storeDirectory))
}

function needDisk(disk: Disk | undefined, name: string): Disk {
  if (disk !== undefined) return disk
  const problem = "It keeps files, and this session was made without a disk"
  throw new CatalogHostFault({ catalog: name, problems: [problem] })
}

/** Catalogs and stores of the core. */
export const builtInCatalogs: ReadonlyArray<CatalogFactory | CatalogStoreFactory> = [
  memory,
  files,
  memoryStore,
  fileStore
]
