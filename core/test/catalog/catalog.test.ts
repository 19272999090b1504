/** The laws of catalogs, on each catalog that is part of the core. What one does not keep is not asked of it. */
import { after, describe, it } from "node:test"
import assert from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Catalog, PartitionSpec } from "../../src/table/catalog/catalog.ts"
import { CatalogFault, type CatalogReason } from "../../src/table/catalog/catalog-fault.ts"
import type { CatalogTable, CatalogView } from "../../src/table/catalog/catalog-object.ts"
import { DirectoryCatalog } from "../../src/table/catalog/directory-catalog.ts"
import { MemoryCatalog } from "../../src/table/catalog/memory-catalog.ts"
import type { ObjectPath } from "../../src/table/catalog/object-path.ts"
import { createText } from "../../src/table/catalog/show-create.ts"
import { hostDisk } from "../../src/runtime/host/disk.ts"
import { parseStatement } from "../../src/sql/parser.ts"
import { simple } from "../../src/type/logical-type.ts"

const folder = mkdtempSync(join(tmpdir(), "millrace-catalog-"))
after(() => rmSync(folder, { recursive: true }))
let folders = 0

const catalogs: Readonly<Record<string, () => Catalog>> = {
  MemoryCatalog: () => new MemoryCatalog("c", "default"),
  DirectoryCatalog: () =>
    new DirectoryCatalog("c", hostDisk, join(folder, String(folders++), "deep"), "default")
}

const first = { comment: "one", properties: { k: "v" } }
const second = { comment: "two", properties: {} }

function at(object: string, database = "db1"): ObjectPath {
  return { catalog: "c", database, object }
}

function table(path: ObjectPath, more: Partial<CatalogTable> = {}): CatalogTable {
  return {
    kind: "table",
    path,
    temporary: false,
    columns: [
      { kind: "physical", name: "a", type: simple("BIGINT", true), comment: "it's a" },
      { kind: "physical", name: "day", type: simple("INT", true), comment: undefined }
    ],
    watermark: undefined,
    primaryKey: undefined,
    partitionKeys: [],
    options: { connector: "x", password: "hunter2" },
    comment: "a table",
    place: undefined,
    ...more
  }
}

function view(path: ObjectPath, text = "SELECT 1 AS a"): CatalogView {
  const statement = parseStatement(text)
  assert.ok(statement.kind === "query")
  return {
    kind: "view",
    path,
    temporary: false,
    query: statement.query,
    source: { file: "v.sql", text },
    home: { catalog: path.catalog, database: path.database },
    schema: [{ name: "a", type: simple("INT", false) }],
    comment: undefined
  }
}

/** What a catalog holds under a name, as DDL. */
async function text(catalog: Catalog, path: ObjectPath): Promise<string> {
  const found = await catalog.object(path)
  return found.kind === "ddl" ? found.text : createText(found)
}

async function refused(reason: CatalogReason, body: () => unknown): Promise<void> {
  await assert.rejects(
    async () => await body(),
    (error) => error instanceof CatalogFault && error.reason === reason && error.message !== ""
  )
}

async function opened(make: () => Catalog, ...databases: ReadonlyArray<string>): Promise<Catalog> {
  const catalog = make()
  await catalog.open()
  for (const name of databases) await catalog.createDatabase(name, first, false)
  return catalog
}

for (const [name, make] of Object.entries(catalogs)) {
  describe(`${name} and databases`, () => {
    it("createDatabase() makes one, and with ignore keeps the old one", async () => {
      const catalog = await opened(make)
      await refused("DatabaseNotExist", () => catalog.database("db1"))
      await catalog.createDatabase("db1", first, false)
      assert.deepEqual(await catalog.database("db1"), first)
      await refused("DatabaseAlreadyExist", () => catalog.createDatabase("db1", second, false))
      await catalog.createDatabase("db1", second, true)
      assert.deepEqual(await catalog.database("db1"), first)
      assert.deepEqual(await catalog.databases(), ["db1", "default"])
    })

    it("dropDatabase() refuses a full one unless told to cascade", async () => {
      const catalog = await opened(make, "db1")
      await catalog.createObject(table(at("t1")), false)
      await refused("DatabaseNotEmpty", () => catalog.dropDatabase("db1", true, false))
      await catalog.dropDatabase("db1", false, true)
      await refused("DatabaseNotExist", () => catalog.dropDatabase("db1", false, false))
      await catalog.dropDatabase("db1", true, false)
      await catalog.createDatabase("db1", first, false)
      assert.deepEqual(await catalog.objects("db1"), [])
    })

    it("alterDatabase() replaces what is known of one", async () => {
      const catalog = await opened(make, "db1")
      await catalog.alterDatabase("db1", second, false)
      assert.deepEqual(await catalog.database("db1"), second)
      await refused("DatabaseNotExist", () => catalog.alterDatabase("none", second, false))
      await catalog.alterDatabase("none", second, true)
      await refused("DatabaseNotExist", () => catalog.database("none"))
    })
  })

  describe(`${name} and tables and views`, () => {
    it("createObject() keeps all of a table and of a view, and with ignore the old one", async () => {
      const catalog = await opened(make, "db1")
      const odd = at("a.b/c `d`\u00e9")
      await catalog.createObject(table(odd), false)
      await catalog.createObject(view(at("v1")), false)
      assert.equal(await text(catalog, odd), createText(table(odd)))
      assert.equal(await text(catalog, at("v1")), createText(view(at("v1"))))
      assert.match(await text(catalog, odd), /hunter2/)
      await refused("TableAlreadyExist", () => catalog.createObject(view(odd), false))
      await catalog.createObject(view(odd), true)
      assert.equal(await text(catalog, odd), createText(table(odd)))
      assert.deepEqual(await catalog.objects("db1"), [odd.object, "v1"])
      assert.deepEqual(await catalog.objects("db1", "view"), ["v1"])
    })

    it("a missing database is a missing table for object() and a missing database for createObject()", async () => {
      const catalog = await opened(make)
      await refused("TableNotExist", () => catalog.object(at("t1")))
      await refused("TableNotExist", () => catalog.object(at("none", "default")))
      await refused("DatabaseNotExist", () => catalog.createObject(table(at("t1")), false))
      await refused("DatabaseNotExist", () => catalog.objects("db1"))
    })

    it("dropObject() removes a table or a view", async () => {
      const catalog = await opened(make, "db1")
      for (const object of [table(at("t1")), view(at("v1"))]) {
        await catalog.createObject(object, false)
        await catalog.dropObject(object.path, false)
        await refused("TableNotExist", () => catalog.object(object.path))
        await refused("TableNotExist", () => catalog.dropObject(object.path, false))
        await catalog.dropObject(object.path, true)
      }
      await refused("TableNotExist", () => catalog.dropObject(at("t", "none"), false))
    })

    it("alterObject() replaces a table by a table and a view by a view only", async () => {
      const catalog = await opened(make, "db1")
      await catalog.createObject(table(at("t1")), false)
      await catalog.createObject(view(at("v1")), false)
      const changed = table(at("t1"), { comment: "another", options: { connector: "y" } })
      await catalog.alterObject(changed, false)
      assert.equal(await text(catalog, at("t1")), createText(changed))
      await catalog.alterObject(view(at("v1"), "SELECT 2 AS a"), false)
      assert.match(await text(catalog, at("v1")), /SELECT 2/)
      await refused("TableKindMismatch", () => catalog.alterObject(view(at("t1")), false))
      await refused("TableKindMismatch", () => catalog.alterObject(table(at("v1")), false))
      await refused("TableNotExist", () => catalog.alterObject(table(at("none")), false))
      await catalog.alterObject(table(at("none")), true)
      await refused("TableNotExist", () => catalog.object(at("none")))
    })

    it("renameObject() moves a table or view to a free name", async () => {
      const catalog = await opened(make, "db1")
      await catalog.createObject(table(at("t1")), false)
      await catalog.createObject(view(at("v1")), false)
      await catalog.renameObject(at("t1"), "t2", false)
      await refused("TableNotExist", () => catalog.object(at("t1")))
      assert.deepEqual(await catalog.objects("db1"), ["t2", "v1"])
      await catalog.renameObject(at("v1"), "v2", false)
      assert.deepEqual(await catalog.objects("db1", "view"), ["v2"])
      await refused("TableAlreadyExist", () => catalog.renameObject(at("t2"), "v2", false))
      await refused("TableNotExist", () => catalog.renameObject(at("t1"), "t3", false))
      await catalog.renameObject(at("t1"), "t3", true)
    })
  })

  functionLaws(name, make)
  partitionLaws(name, make)
}

function functionLaws(name: string, make: () => Catalog): void {
  if (make().functions === undefined) return
  const one = { implementation: "one.ts#f", language: "TYPESCRIPT" }
  const two = { implementation: "two.ts#f", language: "JAVASCRIPT" }
  describe(`${name} and functions`, () => {
    it("create(), alter(), drop() and list() follow the laws of tables", async () => {
      const catalog = await opened(make, "db1")
      const functions = catalog.functions!
      await refused("FunctionNotExist", () => functions.get(at("f")))
      await refused("FunctionNotExist", () => functions.get(at("f", "none")))
      await functions.create(at("f"), one, false)
      await refused("FunctionAlreadyExist", () => functions.create(at("f"), two, false))
      await functions.create(at("f"), two, true)
      assert.deepEqual(await functions.get(at("f")), one)
      await functions.alter(at("f"), two, false)
      assert.deepEqual(await functions.get(at("f")), two)
      assert.deepEqual(await functions.list("db1"), ["f"])
      await refused("DatabaseNotEmpty", () => catalog.dropDatabase("db1", false, false))
      await functions.drop(at("f"), false)
      await refused("FunctionNotExist", () => functions.drop(at("f"), false))
      await functions.drop(at("f"), true)
      await refused("FunctionNotExist", () => functions.alter(at("f"), one, false))
      await functions.alter(at("f"), one, true)
      await refused("DatabaseNotExist", () => functions.list("none"))
      await refused("DatabaseNotExist", () => functions.create(at("f", "none"), one, false))
      await catalog.dropDatabase("db1", false, false)
    })
  })
}

function partitionLaws(name: string, make: () => Catalog): void {
  if (make().partitions === undefined) return
  const keyed = { partitionKeys: ["day", "hour"] }
  const spec: PartitionSpec = { day: "1", hour: "x" }
  const other: PartitionSpec = { hour: undefined, day: "1" }
  const value = { comment: undefined, properties: { k: "v" } }
  describe(`${name} and partitions`, () => {
    it("create() tells what is wrong, the others only that there is no such partition", async () => {
      const catalog = await opened(make, "db1")
      const partitions = catalog.partitions!
      await catalog.createObject(table(at("plain")), false)
      await catalog.createObject(table(at("t1"), keyed), false)
      const create = (path: ObjectPath, to: PartitionSpec) => () =>
        partitions.create(path, to, value, false)
      await refused("TableNotExist", create(at("none"), spec))
      await refused("TableNotPartitioned", create(at("plain"), spec))
      await refused("PartitionSpecInvalid", create(at("t1"), { day: "1" }))
      await refused("PartitionSpecInvalid", create(at("t1"), { day: "1", minute: "2" }))
      await partitions.create(at("t1"), spec, value, false)
      await refused("PartitionAlreadyExist", create(at("t1"), { hour: "x", day: "1" }))
      for (const path of [at("none"), at("plain"), at("t1")]) {
        await refused("PartitionNotExist", () => partitions.get(path, { day: "1" }))
        await refused("PartitionNotExist", () => partitions.drop(path, { day: "9" }, false))
        await refused(
          "PartitionNotExist",
          () => partitions.alter(path, { day: "9", hour: "9" }, value, false)
        )
        await partitions.drop(path, { day: "9" }, true)
        await partitions.alter(path, { day: "9" }, value, true)
      }
    })

    it("list() finds by a part of the keys, and partitions move and go with their table", async () => {
      const catalog = await opened(make, "db1")
      const partitions = catalog.partitions!
      await catalog.createObject(table(at("t1"), keyed), false)
      assert.deepEqual(await partitions.list(at("t1")), [])
      await partitions.create(at("t1"), spec, value, false)
      await partitions.create(at("t1"), other, value, false)
      await partitions.create(at("t1"), spec, { comment: "no", properties: {} }, true)
      assert.deepEqual(await partitions.get(at("t1"), spec), value)
      assert.deepEqual(await partitions.list(at("t1"), { day: "1" }), [spec, other])
      assert.deepEqual(await partitions.list(at("t1"), { hour: "x" }), [spec])
      await refused("PartitionSpecInvalid", () => partitions.list(at("t1"), { minute: "1" }))
      await partitions.alter(at("t1"), other, { comment: "new", properties: {} }, false)
      await catalog.renameObject(at("t1"), "t2", false)
      assert.equal((await partitions.get(at("t2"), other)).comment, "new")
      await partitions.drop(at("t2"), spec, false)
      assert.deepEqual(await partitions.list(at("t2")), [other])
      await catalog.dropObject(at("t2"), false)
      await catalog.createObject(table(at("t2"), keyed), false)
      assert.deepEqual(await partitions.list(at("t2")), [])
    })

    it("statistics are unknown until told, and none are kept of a partitioned table", async () => {
      const catalog = await opened(make, "db1")
      const statistics = catalog.statistics!
      const told = { rowCount: 100, fileCount: 10, totalSizeBytes: 1000, rawDataSizeBytes: 10000 }
      await refused("TableNotExist", () => statistics.get(at("t1")))
      await refused("TableNotExist", () => statistics.alter(at("t1"), told, false))
      await statistics.alter(at("t1"), told, true)
      await catalog.createObject(table(at("t1")), false)
      assert.equal((await statistics.get(at("t1"))).rowCount, -1)
      await statistics.alter(at("t1"), told, false)
      assert.deepEqual(await statistics.get(at("t1")), told)
      await catalog.createObject(table(at("t2"), keyed), false)
      await statistics.alter(at("t2"), told, false)
      assert.equal((await statistics.get(at("t2"))).rowCount, -1)
      await catalog.partitions!.create(at("t2"), spec, value, false)
      assert.equal((await statistics.get(at("t2"), spec)).rowCount, -1)
      await statistics.alter(at("t2"), told, false, spec)
      assert.deepEqual(await statistics.get(at("t2"), spec), told)
      await refused("PartitionNotExist", () => statistics.get(at("t2"), other))
      await refused("PartitionNotExist", () => statistics.alter(at("t2"), told, false, other))
    })
  })
}
