/**
 * The user functions of a session: given by the program, or made by CREATE FUNCTION from modules. Modules load when a statement first
 * needs them; a read that must wait throws {@link Pending}, as reads of catalogs do.
 */
import { Pending } from "../catalog/catalogs.ts"
import type { PlanFunction } from "../plan.ts"
import { knowFunction, type KnownFunction } from "./user-call.ts"
import { isUserFunction, type UserFunction } from "./user-function.ts"
import { UserFunctionFault } from "./user-function-fault.ts"

/** A module of a user. */
export interface LoadedModule {
  /** By which it can be loaded again, from anywhere. */
  readonly url: string
  readonly exports: Readonly<Record<string, unknown>>
}

/** Loads `specifier` as written in the file `from`. */
export type LoadModule = (specifier: string, from: string) => Promise<LoadedModule>

interface Loaded {
  readonly known: KnownFunction
  readonly plan: PlanFunction
}

/** `module#export`; `default` where no export is named. */
export function readImplementation(
  text: string
): { readonly module: string; readonly name: string } {
  const at = text.lastIndexOf("#")
  return at < 0
    ? { module: text, name: "default" }
    : { module: text.slice(0, at), name: text.slice(at + 1) }
}

/** The function that a module exports. Throws UserFunctionFault. */
export function exportedFunction(sql: string, module: LoadedModule, name: string): UserFunction {
  const found = module.exports[name]
  if (isUserFunction(found)) return found
  const known = Object.keys(module.exports).filter((key) => isUserFunction(module.exports[key]))
  const reason = found === undefined
    ? `'${module.url}' exports no '${name}' (functions: ${known.join(", ") || "none"})`
    : `'${name}' of '${module.url}' is no function made by UserFunction`
  throw new UserFunctionFault({ name: sql, action: "load", reason })
}

/** Functions by name; names are in lower case, implementations are `url#export`. */
export class UserFunctions {
  readonly #load: LoadModule | undefined
  readonly #given = new Map<string, Loaded>()
  readonly #system = new Map<string, string>()
  readonly #temporary = new Map<string, string>()
  /** By SQL name and implementation. */
  readonly #loaded = new Map<string, Loaded | { readonly error: unknown }>()
  /** The latest of each name in expressions, for plans. */
  readonly #plans = new Map<string, PlanFunction>()

  constructor(given: Readonly<Record<string, UserFunction>>, load: LoadModule | undefined) {
    this.#load = load
    for (const [name, user] of Object.entries(given)) {
      const known = knowFunction(name.toLowerCase(), user)
      this.#given.set(name.toLowerCase(), { known, plan: { name: known.name } })
      this.#plans.set(known.name, { name: known.name })
    }
  }

  /** Sorted names of the system's functions. */
  names(): ReadonlyArray<string> {
    return [...new Set([...this.#given.keys(), ...this.#system.keys()])].sort()
  }

  /** Whether TEMPORARY SYSTEM FUNCTION or the program made one of that name. */
  has(name: string): boolean {
    return this.#system.has(name) || this.#given.has(name)
  }

  /** CREATE TEMPORARY SYSTEM FUNCTION. */
  define(name: string, implementation: string): void {
    this.#system.set(name, implementation)
  }

  /** DROP TEMPORARY SYSTEM FUNCTION; false when there is none. */
  drop(name: string): boolean {
    return this.#system.delete(name)
  }

  /** The implementation of a temporary function of a catalog. */
  temporary(path: string): string | undefined {
    return this.#temporary.get(path)
  }

  /** CREATE TEMPORARY FUNCTION. */
  setTemporary(path: string, implementation: string): void {
    this.#temporary.set(path, implementation)
  }

  /** DROP TEMPORARY FUNCTION; false when there is none. */
  dropTemporary(path: string): boolean {
    return this.#temporary.delete(path)
  }

  /** A function of the system. Throws Pending while its module loads. */
  system(name: string): Loaded | undefined {
    const made = this.#system.get(name.toLowerCase())
    return made === undefined
      ? this.#given.get(name.toLowerCase())
      : this.load(name.toLowerCase(), made)
  }

  /** The function of an implementation. Throws Pending while it loads, UserFunctionFault when it cannot be used. */
  load(sql: string, implementation: string): Loaded {
    const known = this.#loaded.get(`${sql} ${implementation}`)
    if (known === undefined) throw new Pending(this.#fetch(sql, implementation))
    if ("error" in known) throw known.error
    this.#plans.set(known.known.name, known.plan)
    return known
  }

  /** What a plan must hold of those of these names that are functions. */
  plans(names: Iterable<string>): ReadonlyArray<PlanFunction> {
    return [...new Set(names)].sort().flatMap((name) => this.#plans.get(name) ?? [])
  }

  /** Load a function now; answers its implementation with the module's URL. */
  async resolve(sql: string, implementation: string, from: string): Promise<string> {
    const { module, name } = readImplementation(implementation)
    const loaded = await this.#module(sql, module, from)
    knowFunction(sql, exportedFunction(sql, loaded, name))
    return `${loaded.url}#${name}`
  }

  async #module(sql: string, module: string, from: string): Promise<LoadedModule> {
    if (this.#load === undefined) {
      throw new UserFunctionFault({
        name: sql,
        action: "load",
        reason: "modules cannot be loaded here"
      })
    }
    try {
      return await this.#load(module, from)
    } catch (error) {
      const reason = `module '${module}' does not load: ${String(error).slice(0, 300)}`
      throw new UserFunctionFault({ name: sql, action: "load", reason, cause: error })
    }
  }

  async #fetch(sql: string, implementation: string): Promise<void> {
    const key = `${sql} ${implementation}`
    const { module, name } = readImplementation(implementation)
    try {
      const loaded = await this.#module(sql, module, "")
      const known = knowFunction(sql, exportedFunction(sql, loaded, name))
      this.#loaded.set(key, { known, plan: { name: known.name, module: loaded.url, export: name } })
    } catch (error) {
      this.#loaded.set(key, { error })
    }
  }

  /** Read a changed implementation anew. */
  forget(sql: string): void {
    for (const key of this.#loaded.keys()) if (key.startsWith(`${sql} `)) this.#loaded.delete(key)
  }
}
