/**
 * Makes a fresh clone ready: installs the locked packages (Node 24, Bun and Deno among them) and builds the command when
 * its sources changed. Plain JavaScript for the machine's own Node 20 or newer, needs nothing installed.
 */
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

/** The repository, with a slash at the end. */
export const root = fileURLToPath(new URL("..", import.meta.url))

/** The folders with code: tests, gates and lint look at all of them, so that a new one cannot stand aside. */
export const codeFolders = [
  "core",
  "cli",
  "connectors",
  "formats",
  "services",
  "unplugin",
  "property-tests",
  "bench",
  "docs",
  "examples"
]

/**
 * The runtimes: the program and what comes before a script's path. Deno would let its space for young values grow to a size that a job's
 * short-lived batches never need; smaller, it holds 40 MB less and costs nothing.
 */
export const runtimes = {
  node: [root + "node_modules/node/bin/node", []],
  bun: [root + "node_modules/.bin/bun", []],
  deno: [root + "node_modules/.bin/deno", [
    "run",
    "-A",
    "--no-check",
    "--v8-flags=--max-semi-space-size=4"
  ]]
}

/** Run a program in the repository and end this one when it fails. */
export function run(program, args, options = {}) {
  const result = spawnSync(program, args, { cwd: root, stdio: "inherit", ...options })
  if (result.error !== undefined) throw result.error
  if (result.status !== 0) process.exit(result.status ?? 1)
}

/** Install what the lock file names, unless the installed tree is newer than the lock file. */
export function install() {
  const stamp = root + "node_modules/.millrace-lock"
  const lock = hash([root + "package-lock.json"])
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return
  process.stderr.write(
    "Installing packages (Node 24, Bun and Deno among them; about a minute) ...\n"
  )
  const npm = process.env.npm_execpath
  const args = ["install", "--no-audit", "--no-fund", "--no-save", "--loglevel=error"]
  const stdio = ["inherit", 2, 2]
  if (npm === undefined) run("npm", args, { stdio })
  else run(process.execPath, [npm, ...args], { stdio })
  writeFileSync(stamp, lock)
}

/** The bundled command; built again when a source of it changed. */
export function build() {
  const bundle = root + "dist/millrace.mjs"
  const stamp = root + "dist/.sources"
  const sources = ["core/src", "cli/src", "connectors", "formats", "scripts"].flatMap((folder) =>
    walk(root + folder)
  )
    .filter((path) =>
      /\.(ts|mjs|json)$/.test(path) && !path.includes("/test/") && !path.includes("/corpus/")
    )
  const digest = hash([...sources, root + "package-lock.json"])
  if (existsSync(bundle) && existsSync(stamp) && readFileSync(stamp, "utf8") === digest) {
    return bundle
  }
  mkdirSync(root + "dist", { recursive: true })
  run(runtimes.node[0], ["scripts/bundle.mjs"], { stdio: ["inherit", 2, 2] })
  writeFileSync(stamp, digest)
  return bundle
}

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === "node_modules") return []
    const path = `${folder}/${entry.name}`
    return entry.isDirectory() ? walk(path) : [path]
  }).sort()
}

function hash(paths) {
  const sum = createHash("sha256")
  for (const path of paths) {
    sum.update(path.slice(root.length)).update("\0").update(readFileSync(path)).update("\0")
  }
  return sum.digest("hex")
}
