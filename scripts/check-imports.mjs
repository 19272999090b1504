/**
 * Walks the import graph: no cycle of values, layers kept, core never by a path of its inside, no barrel of Effect, and what touches the process only
 * where it may.
 */
import { readdirSync, readFileSync } from "node:fs"
import { dirname, posix } from "node:path"
import { root } from "./setup.mjs"

/** What a folder of core must not import. */
const forbidden = [
  [
    /^core\/src\/(type|batch|actor|operator|source|sink|state|graph|checkpoint|time)\//,
    /^core\/src\/(runtime\/(?!host\/standard-output)|table|sql|stream|testing)\//
  ],
  [/^core\/src\/sql\//, /^core\/src\/(?!sql\/|fault|table\/nearest)/],
  [/^core\/src\/graph\//, /^core\/src\/(runtime|actor)\//],
  [/^core\/src\/runtime\//, /^core\/src\/(table|sql|stream|testing)\//],
  [/^core\/src\/(?!testing)/, /^core\/src\/testing\//],
  [/^core\/src\/operator\/(?!operator\.ts)/, /^core\/src\/operator\/(?!operator\.ts)/]
]
/** Members of a family that may share a helper: a file of `operator/` whose name begins with the same word. */
const sameFamily = (from, to) =>
  posix.basename(to, ".ts").split("-")[0] === posix.basename(from, ".ts").split("-")[0]

const host =
  /^core\/src\/runtime\/host\/|^cli\/|^unplugin\/|^services\/|^bench\/|^property-tests\/|^examples\/|\/conformance\/|\/test\//
const effects =
  /\b(process\.|Bun\.|Deno\.|Date\.now\(|Math\.random\(|crypto\.randomUUID\(|setTimeout\(|setInterval\(|setImmediate\()/

/** Every breach as a line. */
export function importProblems() {
  const files = ["core", "cli", "connectors", "formats", "unplugin"].flatMap((folder) =>
    walk(folder)
  ).filter((
    path
  ) => path.includes("/src/"))
  const graph = new Map()
  const problems = []
  for (const path of files) {
    const text = readFileSync(root + path, "utf8")
    const values = []
    for (
      const [statement, specifier] of text.matchAll(
        /^(?:import|export)\b[^"';]*?from\s+"([^"]+)"|^import\s+"([^"]+)"/gm
      )
    ) {
      if (specifier === undefined) continue
      if (specifier === "effect") {
        problems.push(
          `${path} imports the barrel "effect": import the module, such as "effect/Effect"`
        )
      }
      if (!specifier.startsWith(".")) {
        if (
          /^(connectors|formats)\//.test(path) &&
          /^@millrace\/core\/(?!internal$|testing$)/.test(specifier)
        ) problems.push(`${path} imports ${specifier}`)
        continue
      }
      const target = posix.join(dirname(path), specifier)
      for (const [from, to] of forbidden) {
        if (
          from.test(path) && to.test(target) &&
          !(path.startsWith("core/src/operator/") && sameFamily(path, target))
        ) problems.push(`${path} must not import ${target}`)
      }
      if (!/^(import|export)\s+type\b/.test(statement)) values.push(target)
    }
    graph.set(path, values)
    if (!host.test(path)) {
      text.split("\n").forEach((line, i) => {
        if (effects.test(line) && !/^\s*(\*|\/\/|\/\*)/.test(line)) {
          problems.push(`${path}:${i + 1} uses ${effects.exec(line)[1]} outside runtime/host`)
        }
      })
    }
  }
  return [...problems, ...cycles(graph)]
}

function cycles(graph) {
  const state = new Map()
  const found = []
  const visit = (path, trail) => {
    if (state.get(path) === "done") return
    if (state.get(path) === "open") {
      found.push(`cycle: ${[...trail.slice(trail.indexOf(path)), path].join(" → ")}`)
      return
    }
    state.set(path, "open")
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path])
    state.set(path, "done")
  }
  for (const path of graph.keys()) visit(path, [])
  return found
}

function walk(folder) {
  return readdirSync(root + folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === "node_modules") return []
    const path = `${folder}/${entry.name}`
    return entry.isDirectory() ? walk(path) : path.endsWith(".ts") ? [path] : []
  })
}
