/** The text of a module that lists factories for bundlers: every import stands in it, so each ends up in the bundle. */
import type { Factory } from "./factory.ts"
import { DuplicateFactory } from "./registry.ts"

interface Declared {
  readonly kind: Factory["kind"]
  readonly identifier: string
  readonly package: string
  readonly specifier: string
  readonly export: string
}

/**
 * An ES module whose export `factories` is a list for `Registry.make`. Factories are imported lazily, so a job that uses one
 * connector loads one.
 *
 * **Errors** throws DuplicateFactory when two packages have a factory of one kind and identifier.
 */
export function factoriesModule(found: ReadonlyArray<Declared>): string {
  const seen = new Map<string, Declared>()
  const lines = found.map((one) => {
    const key = `${one.kind}:${one.identifier}`
    const other = seen.get(key)
    if (other !== undefined) {
      const { kind, identifier } = one
      throw new DuplicateFactory({ kind, identifier, packages: [other.package, one.package] })
    }
    seen.set(key, one)
    const fields = [
      `kind: ${JSON.stringify(one.kind)}`,
      `identifier: ${JSON.stringify(one.identifier)}`,
      `package: ${JSON.stringify(one.package)}`,
      `load: async () => (await import(${JSON.stringify(one.specifier)})).${one.export}`
    ]
    return `  { ${fields.join(", ")} }`
  })
  return `// Written by Millrace from the package.json of each dependency: do not edit.
export const factories = [
${lines.join(",\n")}
]
`
}
