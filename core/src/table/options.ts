/**
 * String options, declared once: the only source of parsing, defaults, validation, secrets, docs and completion. An option
 * set is plain data, so that it costs nothing at start-up; JSON Schema and docs are derived from it (docs-options.ts).
 */
import { parseBoolean, parseDuration, parseInteger, parseMemory, Wanted } from "./option-text.ts"

/** What the text of an option is parsed to. Durations become millis, memory sizes bytes, maps the part of each key after the prefix. */
export interface OptionValues {
  readonly string: string
  readonly boolean: boolean
  readonly int: number
  readonly long: bigint
  readonly double: number
  readonly duration: number
  readonly memory: number
  readonly enum: string
  readonly list: ReadonlyArray<string>
  readonly map: Readonly<Record<string, string>>
}

/** A kind of option. */
export type OptionKind = keyof OptionValues

/** One option, as a factory declares it. */
export interface Option<K extends OptionKind = OptionKind> {
  /** As in Flink; `#` stands for one part given by the user (`fields.#.min`). */
  readonly key: string
  readonly kind: K
  readonly description: string
  /** As a user would write it; undefined: none. */
  readonly default?: string
  readonly required?: boolean
  /** Never shown: in errors, logs, EXPLAIN, SHOW CREATE, checkpoints. */
  readonly secret?: boolean
  /** May change between a checkpoint and its restore without changing state or topology. */
  readonly forwardable?: boolean
  /** The values of an enum, as written. */
  readonly values?: ReadonlyArray<string>
  /** Older names that still work. */
  readonly fallbackKeys?: ReadonlyArray<string>
  /** Smallest number, duration or size allowed. */
  readonly min?: number
  /** Part of Flink's table but not built yet: giving it is refused by name with this reason. */
  readonly unsupported?: string
  /** Only Millrace has it: stripped for a Flink target. Keys begin with `millrace.`. */
  readonly own?: boolean
}

/** A declared set. */
export type OptionSet = ReadonlyArray<Option>

/** Why an option was refused. */
export type OptionProblem =
  | { readonly kind: "missing"; readonly key: string }
  | {
    readonly kind: "unknown"
    readonly key: string
    readonly nearest: string | undefined
    readonly supported: ReadonlyArray<string>
  }
  | {
    readonly kind: "invalid"
    readonly key: string
    /** The given text, or `******`. */
    readonly given: string
    readonly wanted: string
  }
  | { readonly kind: "unsupported"; readonly key: string; readonly reason: string }

/** Options that were read: typed access by key. */
export interface ReadOptions {
  /** The parsed value, the default, or undefined. The kind must be the declared one. */
  get<K extends OptionKind>(option: Option<K>): OptionValues[K] | undefined
  /** As `get` for an option that has a default or is required. */
  need<K extends OptionKind>(option: Option<K>): OptionValues[K]
  /** Given values of a templated option, by the user's part: `fields.#.min` → `{ a: …, b: … }`. */
  template(option: Option): ReadonlyMap<string, string>
  /** Whether the user gave it. */
  given(option: Option): boolean
}

/** Parse the text of one option. Throws {@link Wanted}. */
export function parseOption(option: Option, text: string): OptionValues[OptionKind] {
  switch (option.kind) {
    case "string":
      return text
    case "boolean":
      return parseBoolean(text)
    case "int":
      return Number(atLeast(option, parseInteger(text, -(2n ** 31n), 2n ** 31n - 1n)))
    case "long":
      return atLeast(option, parseInteger(text, -(2n ** 63n), 2n ** 63n - 1n))
    case "double": {
      const value = text.trim() === "" ? NaN : Number(text)
      if (Number.isNaN(value)) throw new Wanted("a number")
      return value
    }
    case "duration":
      return atLeast(option, parseDuration(text))
    case "memory":
      return atLeast(option, parseMemory(text))
    case "enum": {
      const found = option.values!.find((value) => value.toLowerCase() === text.toLowerCase())
      if (found === undefined) {
        throw new Wanted(`one of ${option.values!.map((v) => `'${v}'`).join(", ")}`)
      }
      return found
    }
    case "list":
      return text.split(";").map((part) => part.trim()).filter((part) => part !== "")
    case "map":
      return Object.fromEntries(
        text.split(",").filter((part) => part.trim() !== "").map((part) => {
          const at = part.indexOf(":")
          if (at < 0) throw new Wanted("a list of key:value")
          return [part.slice(0, at).trim(), part.slice(at + 1).trim()]
        })
      )
  }
}

function atLeast<N extends number | bigint>(option: Option, value: N): N {
  if (option.min !== undefined && value < option.min) throw new Wanted(`at least ${option.min}`)
  return value
}

/** Whether `key` fits `pattern`, in which `#` stands for one or more parts; answers the user's part. */
export function matchTemplate(pattern: string, key: string): string | undefined {
  const at = pattern.indexOf("#")
  if (at < 0) return undefined
  const head = pattern.slice(0, at)
  const tail = pattern.slice(at + 1)
  return key.length > head.length + tail.length && key.startsWith(head) && key.endsWith(tail)
    ? key.slice(head.length, key.length - tail.length)
    : undefined
}

/** Given keys and values, and the prefix under which a format's options stand (`json.`, `value.json.`; a connector's: empty). */
export interface ReadInput {
  readonly given: Readonly<Record<string, string>>
  readonly prefix: string
}

/** Read `set` from the given options. Reports every problem but unknown keys; `consumed` collects the keys that belong to the set. */
export function readOptions(
  set: OptionSet,
  input: ReadInput,
  consumed: Set<string>,
  problems: Array<OptionProblem>
): ReadOptions {
  const values = new Map<string, OptionValues[OptionKind]>()
  const texts = new Map<string, string>()
  const templates = new Map<string, Map<string, string>>()
  for (const option of set) {
    if (option.key.includes("#")) {
      templates.set(option.key, readTemplate(option, input, consumed))
      continue
    }
    const names = [option.key, ...(option.fallbackKeys ?? [])].map((name) => fullKey(name, input))
    const name = names.find((candidate) => Object.hasOwn(input.given, candidate))
    for (const candidate of names) {
      if (Object.hasOwn(input.given, candidate)) consumed.add(candidate)
    }
    const text = name === undefined ? option.default : input.given[name]!
    if (text === undefined) {
      if (option.required === true) problems.push({ kind: "missing", key: names[0]! })
      continue
    }
    if (name !== undefined) {
      if (option.unsupported !== undefined) {
        problems.push({ kind: "unsupported", key: name, reason: option.unsupported })
        continue
      }
      texts.set(option.key, text)
    }
    try {
      values.set(option.key, parseOption(option, text))
    } catch (error) {
      if (!(error instanceof Wanted)) throw error
      const given = option.secret === true || isSecretKey(option.key) ? "******" : text
      problems.push({ kind: "invalid", key: name ?? names[0]!, given, wanted: error.message })
    }
  }
  return reader(values, texts, templates)
}

/** An option of ours is never under a format's prefix: `millrace.csv.header`, not `csv.millrace.csv.header`. */
function fullKey(name: string, input: ReadInput): string {
  return name.startsWith("millrace.") ? name : input.prefix + name
}

function readTemplate(
  option: Option,
  input: ReadInput,
  consumed: Set<string>
): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(input.given)) {
    const part = matchTemplate(input.prefix + option.key, key)
    if (part === undefined) continue
    consumed.add(key)
    found.set(part, value)
  }
  return found
}

function reader(
  values: ReadonlyMap<string, OptionValues[OptionKind]>,
  texts: ReadonlyMap<string, string>,
  templates: ReadonlyMap<string, ReadonlyMap<string, string>>
): ReadOptions {
  return {
    get: <K extends OptionKind>(option: Option<K>) =>
      values.get(option.key) as OptionValues[K] | undefined,
    need: <K extends OptionKind>(option: Option<K>) => {
      const value = values.get(option.key)
      if (value === undefined) throw new Error(`Broken invariant: option ${option.key} was read`)
      return value as OptionValues[K]
    },
    template: (option) => templates.get(option.key) ?? new Map(),
    given: (option) => texts.has(option.key)
  }
}

const secretParts: ReadonlyArray<string> = [
  "password",
  "secret",
  "fs.azure.account.key",
  "apikey",
  "api-key",
  "auth-params",
  "service-key",
  "token",
  "basic-auth",
  "jaas.config",
  "http-headers",
  "access-key",
  "access.key",
  "accesskey"
]

/** Whether the value of an option of this name is never shown, as Flink's `GlobalConfiguration.isSensitive`. */
export function isSecretKey(key: string): boolean {
  const lower = key.toLowerCase()
  return secretParts.some((part) => lower.includes(part))
}
