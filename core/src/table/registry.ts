/** How factories are found: by kind and identifier, loaded on first use. A registry is a value; there is no global one. */
import { Fault, type FaultClass } from "../fault.ts"
import { builtInCatalogs } from "./catalog/built-in.ts"
import type { Environment } from "./environment.ts"
import type {
  CatalogFactory,
  CatalogStoreFactory,
  ConnectorFactory,
  Factory,
  Registry
} from "./factory.ts"
import type { FormatFactory } from "./format.ts"

/** A factory that is loaded when it is first asked for. `package` names it in messages before it is loaded. */
export interface LazyFactory {
  readonly kind: Factory["kind"]
  readonly identifier: string
  readonly package: string
  readonly load: () => Promise<Factory>
}

const DuplicateFactoryBase: FaultClass<
  "DuplicateFactory",
  { kind: string; identifier: string; packages: ReadonlyArray<string> }
> = Fault<{ kind: string; identifier: string; packages: ReadonlyArray<string> }>()(
  "DuplicateFactory",
  "user",
  "never"
)

/** Two packages give a factory of one kind and identifier. */
export class DuplicateFactory extends DuplicateFactoryBase {
  override get message(): string {
    return `Cannot tell which ${this.kind} '${this.identifier}' is meant: ${
      this.packages.map((name) => `"${name}"`).join(" and ")
    } both provide it. Remove one of them`
  }
}

/**
 * A registry of the given factories and of the catalogs and stores that are part of the core. `environment` is what
 * `${env:NAME}` in option values is looked up in.
 *
 * **Errors** throws {@link DuplicateFactory} when two share kind and identifier. **Cost** nothing is loaded.
 */
export function make(
  factories: ReadonlyArray<LazyFactory | Factory>,
  environment?: Environment
): Registry {
  const byKey = new Map<string, LazyFactory>()
  for (const given of [...builtInCatalogs, ...factories]) {
    const lazy: LazyFactory = "load" in given ? given : eager(given)
    const key = `${lazy.kind}:${lazy.identifier}`
    const other = byKey.get(key)
    if (other !== undefined) {
      const { kind, identifier } = lazy
      throw new DuplicateFactory({ kind, identifier, packages: [other.package, lazy.package] })
    }
    byKey.set(key, lazy)
  }
  return {
    identifiers: (kind) =>
      [...byKey.values()].filter((lazy) => lazy.kind === kind).map((lazy) => lazy.identifier)
        .sort(),
    connector: async (identifier) =>
      await byKey.get(`connector:${identifier}`)?.load() as ConnectorFactory | undefined,
    format: async (identifier) =>
      await byKey.get(`format:${identifier}`)?.load() as FormatFactory | undefined,
    catalog: async (identifier) =>
      await byKey.get(`catalog:${identifier}`)?.load() as CatalogFactory | undefined,
    catalogStore: async (identifier) =>
      await byKey.get(`catalog-store:${identifier}`)?.load() as CatalogStoreFactory | undefined,
    ...(environment === undefined ? {} : { environment })
  }
}

function eager(factory: Factory): LazyFactory {
  return {
    kind: factory.kind,
    identifier: factory.identifier,
    package: factory.package,
    load: () => Promise.resolve(factory)
  }
}
