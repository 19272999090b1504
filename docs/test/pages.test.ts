/**
 * The pages say what is true: generated parts equal what the declarations give, links lead somewhere, and every block of sql, ts or sh runs and prints
 * what the page shows. How a block is taken stands behind its language: `run` (its output follows as `text output`), `file=NAME` (written
 * into the page's folder), `check` (statements that plan), `refused` (statements that do not), `shown` (not run).
 */
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, resolve } from "node:path"
import process from "node:process"
import { after, describe, it } from "node:test"
import { fileURLToPath } from "node:url"
import { type Disk, hostDisk, Registry, Session } from "@millrace/core/internal"
import { builtIn } from "millrace"
import { pages, readPage, withGenerated } from "../generate.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))
const runtime = "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node"
const before = runtime === "deno" ? ["run", "-A", "--no-check"] : []
/** Within the repository, so that jobs find the packages; one per process. */
const folder = `${root}.cache/docs/${runtime}-${process.pid}/`

interface Block {
  readonly language: string
  readonly mode: string
  readonly text: string
  readonly line: number
}

/** The fenced blocks of a page. */
function blocks(text: string): ReadonlyArray<Block> {
  return [...text.matchAll(/^```(\S*) ?(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1]!,
    mode: match[2]!,
    text: match[3]!,
    line: text.slice(0, match.index).split("\n").length
  }))
}

/** Run a program in a page's folder; answers what it printed. */
function printed(place: string, program: string, args: ReadonlyArray<string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: place, stdio: ["ignore", "pipe", "pipe"] })
    let out = ""
    let err = ""
    child.stdout.on("data", (data) => out += data)
    child.stderr.on("data", (data) => err += data)
    child.on("error", reject)
    child.on("close", () => resolve(out === "" && err !== "" ? `standard error:\n${err}` : out))
  })
}

const bundle = `${root}dist/millrace.mjs`
/** `npx millrace` as a shell function: the bundle under the runtime of this test. */
const shell = `npx() { shift; "${process.execPath}" ${before.join(" ")} "${bundle}" "$@"; }\n`

async function runBlock(block: Block, place: string): Promise<string> {
  const file = `block.${block.language}`
  writeFileSync(place + file, block.language === "sh" ? shell + block.text : block.text)
  if (block.language === "sh") return await printed(place, "sh", [file])
  const command = block.language === "sql" ? [bundle, "run", file, "--quiet"] : [file]
  return await printed(place, process.execPath, [...before, ...command])
}

/** Plan every statement of a block in the page's session. */
async function check(session: Session.Session, block: Block): Promise<void> {
  for await (const outcome of session.run(block.text, `block at line ${block.line}`)) void outcome
}

/** The statements of a block, each on its own. */
function statements(block: Block): ReadonlyArray<string> {
  return block.text.split(/;\s*\n/).map((text) => text.trim()).filter((text) => text !== "")
}

/** The disk, with relative paths taken from `place`. */
function diskIn(place: string): Disk {
  return {
    open: (path, mode) => hostDisk.open(resolve(place, path), mode),
    list: (path) => hostDisk.list(resolve(place, path)),
    stat: (path) => hostDisk.stat(resolve(place, path)),
    makeDirectory: (path) => hostDisk.makeDirectory(resolve(place, path)),
    rename: (from, to) => hostDisk.rename(resolve(place, from), resolve(place, to)),
    remove: (path) => hostDisk.remove(resolve(place, path)),
    createExclusive: (path, bytes) => hostDisk.createExclusive(resolve(place, path), bytes),
    syncDirectory: (path) => hostDisk.syncDirectory(resolve(place, path))
  }
}

async function runPage(name: string): Promise<void> {
  const place = `${folder}${name.replace(/\W/g, "-")}/`
  mkdirSync(place, { recursive: true })
  const session = Session.make({ registry: Registry.make(builtIn), disk: diskIn(place) })
  const all = blocks(readPage(name))
  for (const [i, block] of all.entries()) {
    const where = `${name}, line ${block.line}`
    if (block.mode.startsWith("file=")) {
      const path = place + block.mode.slice("file=".length)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, block.text)
    } else if (block.mode === "run") {
      const out = await runBlock(block, place)
      const next = all[i + 1]
      assert.equal(next?.mode, "output", `${where}: the output must follow`)
      // The formatter leaves no empty lines at the end of a block.
      assert.equal(out.trimEnd(), next.text.trimEnd(), where)
    } else if (block.mode === "check") await check(session, block)
    else if (block.mode === "refused") {
      for (const statement of statements(block)) {
        await assert.rejects(
          check(session, { ...block, text: statement }),
          /is not supported/,
          `${where}: ${statement}`
        )
      }
    } else {
      const free = ["shown", "output"].includes(block.mode) ||
        !["sql", "ts", "sh"].includes(block.language)
      assert.ok(free, `${where}: say how the block is taken`)
    }
  }
}

describe("pages", () => {
  after(() => rmSync(folder, { recursive: true, force: true }))

  for (const name of pages) {
    it(`${name.replace("../", "")} holds what the declarations say: else run node scripts/docs.mjs`, async () => {
      const text = readPage(name)
      assert.equal(text, await withGenerated(text))
    })

    it(`${name.replace("../", "")} has no link that leads nowhere`, () => {
      const at = dirname(root + "docs/" + name)
      for (const [, target] of readPage(name).matchAll(/\]\((?!https?:)([^)#]+)/g)) {
        assert.ok(existsSync(`${at}/${target}`), target)
      }
    })

    it(`${name.replace("../", "")} shows code that does what the page says`, () => runPage(name))
  }
})
