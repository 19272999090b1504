/** Options of tables that are looked up, shared by connectors: what is kept of the answers, and for how long. */
import type { LookupCacheLimits } from "./factory.ts"
import type { Option, OptionSet, ReadOptions } from "./options.ts"

/** `lookup.cache`, for tables that are asked key by key. */
export const lookupCache: Option<"enum"> = {
  key: "lookup.cache",
  kind: "enum",
  values: ["NONE", "PARTIAL"],
  default: "NONE",
  description: "Whether answers are kept: `PARTIAL` keeps those that the other options allow."
}

/** `lookup.partial-cache.max-rows`. */
export const lookupCacheRows: Option<"long"> = {
  key: "lookup.partial-cache.max-rows",
  kind: "long",
  min: 1,
  description: "So many keys are kept at most; the one not used for the longest goes first."
}

/** `lookup.partial-cache.expire-after-write`. */
export const lookupCacheWrite: Option<"duration"> = {
  key: "lookup.partial-cache.expire-after-write",
  kind: "duration",
  description: "A key is asked for again when its answer is so old."
}

/** `lookup.partial-cache.expire-after-access`. */
export const lookupCacheAccess: Option<"duration"> = {
  key: "lookup.partial-cache.expire-after-access",
  kind: "duration",
  description: "An answer that was not used for so long is forgotten."
}

/** `lookup.partial-cache.cache-missing-key`. */
export const lookupCacheMissing: Option<"boolean"> = {
  key: "lookup.partial-cache.cache-missing-key",
  kind: "boolean",
  default: "true",
  description: "Whether it is kept that a key has no row."
}

/** The options of a table that is asked key by key. */
export const partialCacheOptions: OptionSet = [
  lookupCache,
  lookupCacheRows,
  lookupCacheWrite,
  lookupCacheAccess,
  lookupCacheMissing
]

/** What those options say. Without a cache an answer serves its batch only. */
export function cacheLimits(options: ReadOptions): LookupCacheLimits {
  if (options.need(lookupCache) === "NONE") {
    return { keysMax: 0, afterWriteMillis: 0, afterAccessMillis: 0, keepsMissing: false }
  }
  const rows = options.get(lookupCacheRows)
  return {
    keysMax: rows === undefined ? Infinity : Number(rows),
    afterWriteMillis: options.get(lookupCacheWrite) ?? Infinity,
    afterAccessMillis: options.get(lookupCacheAccess) ?? Infinity,
    keepsMissing: options.need(lookupCacheMissing)
  }
}

/** `lookup.full-cache.reload-strategy`, for tables that are read as a whole. */
export const fullCacheStrategy: Option<"enum"> = {
  key: "lookup.full-cache.reload-strategy",
  kind: "enum",
  values: ["PERIODIC"],
  default: "PERIODIC",
  description: "When a table that is looked up is read again: at intervals, if one is given."
}

/** `lookup.full-cache.periodic-reload.interval`. */
export const fullCacheInterval: Option<"duration"> = {
  key: "lookup.full-cache.periodic-reload.interval",
  kind: "duration",
  min: 1,
  description:
    "Pause from one reading of a table that is looked up to the next. Without it the table is read once."
}

/** `lookup.cache`, for tables that are read as a whole. */
export const fullCache: Option<"enum"> = {
  ...lookupCache,
  values: ["FULL"],
  default: "FULL",
  description: "What of a table that is looked up is kept: all of it."
}

/** The options of a table that is read as a whole. */
export const fullCacheOptions: OptionSet = [fullCache, fullCacheStrategy, fullCacheInterval]

/** The pause between two readings that those options ask for; undefined: the table is read once. */
export function reloadMillis(options: ReadOptions): number | undefined {
  const isPeriodic = options.need(fullCache) === "FULL" &&
    options.need(fullCacheStrategy) === "PERIODIC"
  return isPeriodic ? options.get(fullCacheInterval) : undefined
}
