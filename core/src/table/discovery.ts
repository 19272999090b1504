/**
 * Finds the factories of installed packages: a package says in its `package.json` under `millrace` which factories it
 * has, `{ "connector": { "<identifier>": "<subpath>#<export>" } }`, and a project has those of its dependencies.
 *
 * **Cost** one small file per dependency is read, none of their modules. **Errors** {@link DiscoveryFault}.
 */
import { existsSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { Fault, type FaultClass } from "../fault.ts"
import type { Factory } from "./factory.ts"
import type { LazyFactory } from "./registry.ts"

/** A factory that a package declares. */
export interface DeclaredFactory {
  readonly kind: Factory["kind"]
  readonly identifier: string
  readonly package: string
  /** What to import, by the package's name: `@millrace/format-json/debezium`. */
  readonly specifier: string
  /** The name of the export. */
  readonly export: string
}

/** What was found, and from where specifiers are resolved. */
export interface Discovery {
  /** The project's `package.json`; undefined: there is none, and nothing was found. */
  readonly project: string | undefined
  readonly factories: ReadonlyArray<DeclaredFactory>
}

const DiscoveryFaultBase: FaultClass<"DiscoveryFault", { file: string; problem: string }> = Fault<
  { file: string; problem: string }
>()("DiscoveryFault", "user", "never")

/** A package's declaration cannot be read. */
export class DiscoveryFault extends DiscoveryFaultBase {
  override get message(): string {
    return `Cannot use what "${this.file}" declares under "millrace": ${this.problem}`
  }
}

const kinds: ReadonlySet<string> = new Set<Factory["kind"]>([
  "connector",
  "format",
  "catalog",
  "catalog-store"
])

/** The factories of the project that `directory` belongs to: of its own `package.json` and of its direct dependencies. */
export function discover(directory: string): Discovery {
  const project = nearestManifest(directory)
  if (project === undefined) return { project, factories: [] }
  const own = readManifest(project)
  const names = new Set([
    ...Object.keys(own.dependencies ?? {}),
    ...Object.keys(own.optionalDependencies ?? {}),
    ...Object.keys(own.devDependencies ?? {})
  ])
  const found = [...names].sort().flatMap((name) => {
    const file = manifestOf(name, dirname(project))
    return file === undefined ? [] : declared(readManifest(file), file)
  })
  return { project, factories: found }
}

/** Discovered factories for a registry: each is imported when it is first asked for. */
export function lazyFactories({ project, factories }: Discovery): ReadonlyArray<LazyFactory> {
  return factories.map((one): LazyFactory => ({
    kind: one.kind,
    identifier: one.identifier,
    package: one.package,
    load: async () => {
      const resolved = createRequire(project!).resolve(one.specifier)
      const module = await import(pathToFileURL(resolved).href) as Record<string, unknown>
      return factoryIn(module, one)
    }
  }))
}

/** The factory among a module's exports. Throws {@link DiscoveryFault} when it is another one or none. */
export function factoryIn(
  module: Readonly<Record<string, unknown>>,
  one: DeclaredFactory
): Factory {
  const factory = module[one.export] as Factory | undefined
  if (factory?.kind === one.kind && factory.identifier === one.identifier) return factory
  const problem = factory === undefined
    ? `module "${one.specifier}" has no export '${one.export}'`
    : `export '${one.export}' of "${one.specifier}" is ${factory.kind} '${factory.identifier}', not ${one.kind} '${one.identifier}'`
  throw new DiscoveryFault({ file: one.package, problem })
}

interface Manifest {
  readonly name?: string
  readonly millrace?: unknown
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

function readManifest(file: string): Manifest {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Manifest
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw new DiscoveryFault({ file, problem: `the file is not JSON (${problem})` })
  }
}

function nearestManifest(directory: string): string | undefined {
  for (let at = directory;; at = dirname(at)) {
    const file = join(at, "package.json")
    if (existsSync(file)) return file
    if (dirname(at) === at) return undefined
  }
}

/** As runtimes look for packages: in `node_modules` here and above. */
function manifestOf(name: string, directory: string): string | undefined {
  for (let at = directory;; at = dirname(at)) {
    const file = join(at, "node_modules", name, "package.json")
    if (existsSync(file)) return file
    if (dirname(at) === at) return undefined
  }
}

function declared(manifest: Manifest, file: string): ReadonlyArray<DeclaredFactory> {
  const { millrace, name } = manifest
  if (millrace === undefined) return []
  const fail = (problem: string): DiscoveryFault => new DiscoveryFault({ file, problem })
  if (typeof millrace !== "object" || millrace === null || name === undefined) {
    throw fail('wanted an object of kinds, as { "connector": { "kafka": ".#factory" } }')
  }
  return Object.entries(millrace).flatMap(([kind, entries]) => {
    if (!kinds.has(kind)) {
      throw fail(`'${kind}' is no kind of factory (${[...kinds].join(", ")})`)
    }
    return Object.entries(entries as Record<string, unknown>).map(([identifier, place]) => {
      const match = typeof place === "string" ? /^(\.(?:\/[^#]+)?)#(\w+)$/.exec(place) : null
      if (match === null) {
        throw fail(
          `${kind} '${identifier}' is at ${JSON.stringify(place)}, wanted "<subpath>#<export>"`
        )
      }
      return {
        kind: kind as Factory["kind"],
        identifier,
        package: name,
        specifier: match[1] === "." ? name : name + match[1]!.slice(1),
        export: match[2]!
      }
    })
  })
}
