/**
 * `npm run check`: the gates of the house, each one line. `npm test` runs them too and counts each as a test. Fails with what is wrong.
 */
import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { codeFolders, install, root } from "./setup.mjs"
import { importProblems } from "./check-imports.mjs"

const bin = root + "node_modules/.bin/"

/** Name and check of each gate; a check gives the problems it found. */
export const gates = [
  ["types", () => tool("tsc", ["-p", "."])],
  ["format", () => tool("deno", ["fmt", "--check", "--quiet", ...formatted()])],
  [
    "lint",
    () => tool("oxlint", ["--quiet", ...codeFolders, "scripts"])
  ],
  ["imports", () => importProblems()],
  ["sizes", () => sizeProblems()],
  ["faults", () => faultProblems()]
]

/** Run all gates, print a line for each, and give the counts. */
export function check() {
  const count = { passed: 0, failed: 0 }
  for (const [name, gate] of gates) {
    const problems = gate()
    if (problems.length === 0) count.passed++
    else {
      count.failed++
      console.log(`gate ${name} failed:\n${problems.slice(0, 60).join("\n")}`)
    }
  }
  console.log(`gates: ${count.passed} passed, ${count.failed} failed`)
  return count
}

/** What git tracks: files that a user has put into the clone are his own. Without git everything. */
function formatted() {
  const tracked = spawnSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" })
  if (tracked.status !== 0) return []
  return tracked.stdout.split("\0").filter((path) => /\.(ts|mjs|json|md|yml)$/.test(path))
    .filter((path) => !/(^|\/)corpus\/|^package-lock\.json$/.test(path))
}

function tool(name, args) {
  const result = spawnSync(bin + name, args, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
    env: { ...process.env, NO_COLOR: "1", PATH: `${bin}:${process.env.PATH}` }
  })
  return result.status === 0
    ? []
    : (result.stdout + result.stderr).split("\n").filter((line) => line !== "")
}

/** Our TypeScript sources. */
export function sources() {
  const found = []
  const visit = (folder) => {
    for (const entry of readdirSync(root + folder, { withFileTypes: true })) {
      if (
        ["node_modules", "dist", "corpus", "out"].includes(entry.name) || entry.name.startsWith(".")
      ) continue
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) visit(path)
      else if (entry.name.endsWith(".ts")) found.push(path)
    }
  }
  for (const folder of codeFolders) visit(folder)
  return found
}

/** A file of more than 500 lines wants another room; tests are not counted. */
function sizeProblems() {
  return sources().filter((path) => path.includes("/src/")).flatMap((path) => {
    const lines = readFileSync(root + path, "utf8").split("\n").length
    return lines > 501 ? [`${path} has ${lines} lines, more than 500`] : []
  })
}

/** Tags of faults are unique in the repository. */
function faultProblems() {
  const seen = new Map()
  const problems = []
  for (const path of sources().filter((path) => path.includes("/src/"))) {
    for (
      const [, tag] of readFileSync(root + path, "utf8").matchAll(
        /Fault<[^()]*>\(\)\(\s*"([A-Za-z]+)"/g
      )
    ) {
      if (seen.has(tag)) problems.push(`Fault "${tag}" is made in ${seen.get(tag)} and in ${path}`)
      seen.set(tag, path)
    }
  }
  return problems
}

if (process.argv[1]?.endsWith("check.mjs")) {
  install()
  process.exit(check().failed === 0 ? 0 : 1)
}
