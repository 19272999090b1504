/** An app with two connector packages, bundled by each bundler: both are in the bundle, are found and run. */
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { after, before, describe, it } from "node:test"
import { fileURLToPath } from "node:url"
import process from "node:process"
import * as esbuild from "esbuild"
import { rolldown } from "rolldown"
import { discover, factoriesModule, factoryIn } from "@millrace/core/internal"
import { millrace } from "@millrace/unplugin"

const root = fileURLToPath(new URL("../../", import.meta.url))
const runtime = "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node"
/** Within the repository, so that packages are found. */
const folder = `${root}.cache/unplugin/${runtime}-${process.pid}/`

const app = `
import * as Effect from "effect/Effect"
import { Number as Double, Struct } from "effect/Schema"
import { Registry, StreamJob } from "@millrace/core"
import { factories } from "FACTORIES"

const registry = Registry.make(factories)
console.log(registry.identifiers("connector").join(" "))
const Row = Struct({ n: Double })
const job = StreamJob.make("app", {}, (streams) => {
  const rows = streams.fromTable({
    connector: "datagen", "number-of-rows": "3", "fields.n.kind": "sequence", "fields.n.start": "1", "fields.n.end": "3"
  }, Row)
  streams.toTable(rows, { connector: "print" }, Row)
})
await Effect.runPromise(StreamJob.run(job, { registry }))
`

const printed = "datagen print\n+I[1.0]\n+I[2.0]\n+I[3.0]\n"

/** Output of a program. */
function ran(program: string, ...args: ReadonlyArray<string>): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: "utf8" })
  assert.equal(status, 0, `${program} ${args.join(" ")}\n${stdout}${stderr}`)
  return stdout
}

before(() => {
  mkdirSync(folder, { recursive: true })
  const dependencies = {
    "@millrace/connector-datagen": "*",
    "@millrace/connector-print": "*",
    "effect": "*"
  }
  writeFileSync(
    `${folder}package.json`,
    JSON.stringify({ name: "app", type: "module", dependencies })
  )
  writeFileSync(`${folder}app.ts`, app.replace("FACTORIES", "millrace:factories"))
  writeFileSync(`${folder}listed.ts`, app.replace("FACTORIES", "./factories.js"))
  writeFileSync(`${folder}factories.js`, factoriesModule(discover(folder).factories))
})
after(() => rmSync(folder, { recursive: true, force: true }))

describe("bundles of an app with two connector packages", () => {
  it("millrace.esbuild() puts both into one file, and both run", async () => {
    await esbuild.build({
      absWorkingDir: folder,
      entryPoints: ["app.ts"],
      outfile: "esbuild.mjs",
      bundle: true,
      platform: "node",
      format: "esm",
      logLevel: "error",
      plugins: [millrace.esbuild({ directory: folder })]
    })
    assert.equal(ran(`${root}node_modules/node/bin/node`, "esbuild.mjs"), printed)
  })

  it("millrace.rolldown() loads each from a chunk of its own, and both run", async () => {
    const bundle = await rolldown({
      cwd: folder,
      input: "app.ts",
      platform: "node",
      logLevel: "silent",
      plugins: [millrace.rolldown({ directory: folder })]
    })
    const { output } = await bundle.write({ dir: `${folder}rolldown`, format: "esm" })
    await bundle.close()
    const chunks = output.filter((one) => one.type === "chunk" && one.isDynamicEntry)
    assert.ok(chunks.length >= 2, `${chunks.length} chunks are loaded on demand`)
    assert.equal(ran(`${root}node_modules/node/bin/node`, "rolldown/app.js"), printed)
  })

  it("bun build --compile makes one executable of the module that factoriesModule() writes", () => {
    ran(
      `${root}node_modules/.bin/bun`,
      "build",
      "--compile",
      "listed.ts",
      "--outfile",
      "executable"
    )
    assert.ok(existsSync(`${folder}executable`))
    assert.equal(ran(`${folder}executable`), printed)
  })

  it("the same module runs without a bundler on Deno", () => {
    assert.equal(
      ran(
        `${root}node_modules/.bin/deno`,
        "run",
        "-A",
        "--no-check",
        "--sloppy-imports",
        "listed.ts"
      ),
      printed
    )
  })
})

describe("discover()", () => {
  const declaring = (name: string, millrace: unknown): string => {
    const place = `${folder}node_modules/${name}/`
    mkdirSync(place, { recursive: true })
    writeFileSync(`${place}package.json`, JSON.stringify({ name, version: "1.0.0", millrace }))
    return name
  }
  const projectOf = (...names: ReadonlyArray<string>): string => {
    const place = `${folder}p${names.join("")}/`
    mkdirSync(place, { recursive: true })
    const dependencies = Object.fromEntries(names.map((name) => [name, "*"]))
    writeFileSync(`${place}package.json`, JSON.stringify({ dependencies }))
    return place
  }

  it("finds what direct dependencies declare, and loads nothing", () => {
    declaring("one", { connector: { alpha: ".#factory" }, format: { "beta-json": "./beta#other" } })
    const { factories } = discover(projectOf("one"))
    assert.deepEqual(factories.map(({ specifier, export: name }) => `${specifier} ${name}`), [
      "one factory",
      "one/beta other"
    ])
  })

  it("two packages with one factory are refused by name", () => {
    declaring("two", { connector: { alpha: ".#factory" } })
    const { factories } = discover(projectOf("one", "two"))
    assert.throws(
      () => factoriesModule(factories),
      /connector 'alpha' is meant: "one" and "two" both provide it/
    )
  })

  it("tells which declaration is wrong and how", () => {
    const cases: ReadonlyArray<readonly [unknown, RegExp]> = [
      [
        { conector: {} },
        /odd\d\/package\.json" declares under "millrace": 'conector' is no kind of factory/
      ],
      [
        { connector: { a: "./src/mod.ts" } },
        /connector 'a' is at "\.\/src\/mod\.ts", wanted "<subpath>#<export>"/
      ],
      ["x", /wanted an object of kinds/]
    ]
    cases.forEach(([millrace, message], i) => {
      const project = projectOf(declaring(`odd${i}`, millrace))
      assert.throws(() => discover(project), message)
    })
    const one = {
      kind: "connector",
      identifier: "a",
      package: "p",
      specifier: "p",
      export: "factory"
    } as const
    assert.throws(() => factoryIn({}, one), /module "p" has no export 'factory'/)
    const other = { kind: "format", identifier: "b" }
    assert.throws(() => factoryIn({ factory: other }, one), /is format 'b', not connector 'a'/)
  })

  it("gives nothing where there is no project", () => {
    assert.deepEqual(discover("/proc").factories, [])
  })

  it("agrees with what the command brings", async () => {
    const { builtIn } = await import("millrace")
    const names = new Set(builtIn.map((factory) => factory.package))
    const place = projectOf(...names)
    const key = (one: { kind: string; identifier: string; package: string }) =>
      `${one.kind} ${one.identifier} ${one.package}`
    assert.deepEqual(discover(place).factories.map(key).sort(), builtIn.map(key).sort())
  })
})
