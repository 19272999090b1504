/**
 * Where a session keeps which catalogs it has: names and options, not what is in them. A catalog found here is opened when
 * it is first used.
 */
import type { Awaitable } from "./catalog.ts"

/** How a catalog is made. */
export interface CatalogDescriptor {
  readonly options: Readonly<Record<string, string>>
  readonly comment: string | undefined
}

/** The contract of a catalog store. `open` comes first; it throws what keeps the store from being used. */
export interface CatalogStore {
  open(): Awaitable<void>
  /** Sorted names. */
  list(): Awaitable<ReadonlyArray<string>>
  get(name: string): Awaitable<CatalogDescriptor | undefined>
  /** Over what was there. Durable when it has answered. */
  put(name: string, descriptor: CatalogDescriptor): Awaitable<void>
  remove(name: string): Awaitable<void>
}

/** The store `generic_in_memory`: it ends with the session. */
export class MemoryCatalogStore implements CatalogStore {
  readonly #catalogs = new Map<string, CatalogDescriptor>()

  open(): void {}

  list(): ReadonlyArray<string> {
    return [...this.#catalogs.keys()].sort()
  }

  get(name: string): CatalogDescriptor | undefined {
    return this.#catalogs.get(name)
  }

  put(name: string, descriptor: CatalogDescriptor): void {
    this.#catalogs.set(name, descriptor)
  }

  remove(name: string): void {
    this.#catalogs.delete(name)
  }
}
