/**
 * From a table's string options to a connector that is ready to make a source or sink: the factory is found, its formats
 * too, and all options of all of them are read and checked in one go.
 */
import { badRecords, commonOptions, deadLetterTable } from "./common-options.ts"
import { expandOptions } from "./environment.ts"
import { nearest } from "./nearest.ts"
import type { ConnectorFactory, FoundFormat, Registry, TableContext } from "./factory.ts"
import type { BadRecord, FormatFactory } from "./format.ts"
import { OptionFault } from "./option-fault.ts"
import {
  matchTemplate,
  type OptionProblem,
  type OptionSet,
  type ReadOptions,
  readOptions
} from "./options.ts"
import type { PlanTable } from "./plan.ts"

/** What resolving needs besides the table. */
export interface ResolveInput {
  readonly registry: Registry
  readonly timeZone: string
  readonly parallelism: number
  /** What to do with a bad record; without it the planner is only asking for traits. */
  readonly onBad?: (record: BadRecord, source: string) => void
}

/** A connector with its options read. */
export interface Connector {
  readonly factory: ConnectorFactory
  readonly context: TableContext
  /** The options that every table takes. */
  readonly common: ReadOptions
  /** Keys of given options that the connector or its formats declare secret. */
  readonly secrets: ReadonlyArray<string>
}

/**
 * Find the connector and formats of a table and read all options.
 *
 * **Errors** {@link OptionFault} with every problem: unknown connector or format, missing, unknown, malformed and not yet supported
 * options, and what the factories' own checks say.
 */
export async function resolveConnector(
  table: PlanTable,
  role: "source" | "sink",
  input: ResolveInput
): Promise<Connector> {
  const problems: Array<OptionProblem> = []
  const others: Array<string> = []
  const consumed = new Set<string>()
  const { given, expanded } = expandOptions(table.options, input.registry.environment, others)
  const identifier = given["connector"]
  const fail = (): OptionFault =>
    new OptionFault({
      table: table.name,
      place: table.place,
      identifier,
      problems: problems.map((problem) =>
        // what an environment variable holds may be a secret: the message shows its name
        problem.kind === "invalid" && expanded.has(problem.key)
          ? { ...problem, given: table.options[problem.key]! }
          : problem
      ),
      others
    })
  const common = readOptions(commonOptions, { given, prefix: "" }, consumed, problems)
  if (identifier === undefined) throw fail()
  const factory = await input.registry.connector(identifier)
  if (factory === undefined) {
    others.push(unknownIdentifier("connector", identifier, input.registry.identifiers("connector")))
    throw fail()
  }
  // A table that can only be looked up is read, too.
  const canRead = role === "source" && factory.lookup !== undefined
  if (factory[role] === undefined && !canRead) {
    const other = role === "source" ? "sink" : "source"
    others.push(`Connector '${identifier}' can only be used as a ${other}, not as a ${role}`)
    throw fail()
  }
  const options = readOptions(factory.options, { given, prefix: "" }, consumed, problems)
  const found = await findFormats(factory, given, input.registry, consumed, problems, others)
  const supported = supportedKeys(factory, found)
  const formats = new Map([...found].map(([key, format]): [string, FoundFormat] => [key, format]))
  for (const key of Object.keys(given)) {
    if (!consumed.has(key)) {
      problems.push({ kind: "unknown", key, nearest: nearest(key, supported), supported })
    }
  }
  if (common.get(badRecords) === "dead-letter" && !common.given(deadLetterTable)) {
    others.push("Option 'millrace.bad-records' = 'dead-letter' needs 'millrace.dead-letter.table'")
  }
  const context: TableContext = {
    table,
    options,
    formats,
    timeZone: input.timeZone,
    parallelism: input.parallelism,
    onBad: input.onBad ?? refuseBad
  }
  if (problems.length === 0 && others.length === 0) {
    others.push(...factory.check?.(context, role) ?? [])
  }
  if (problems.length > 0 || others.length > 0) throw fail()
  return { factory, context, common, secrets: secretKeys(factory, found, given) }
}

/** Given keys that are declared secret. */
function secretKeys(
  factory: ConnectorFactory,
  formats: ReadonlyMap<string, FoundFormat & { readonly prefix: string }>,
  given: Readonly<Record<string, string>>
): ReadonlyArray<string> {
  const declared = (options: OptionSet, prefix: string): ReadonlyArray<string> =>
    options.filter((option) => option.secret === true).flatMap((option) =>
      [option.key, ...option.fallbackKeys ?? []].flatMap((key) => {
        const full = key.startsWith("millrace.") ? key : prefix + key
        return Object.keys(given).filter((name) =>
          name === full || matchTemplate(full, name) !== undefined
        )
      })
    )
  const keys = [
    ...declared(factory.options, ""),
    ...[...formats.values()].flatMap(({ factory: format, prefix }) =>
      declared(format.options, prefix)
    )
  ]
  return [...new Set(keys)].sort()
}

/** As {@link resolveConnector} finds them, for a table that is only shown: nothing is checked, and what is not installed has none. */
export async function declaredSecrets(
  options: Readonly<Record<string, string>>,
  registry: Registry
): Promise<ReadonlySet<string>> {
  const factory = await registry.connector(options["connector"] ?? "")
  if (factory === undefined) return new Set()
  const found = await findFormats(factory, options, registry, new Set(), [], [])
  return new Set(secretKeys(factory, found, options))
}

function refuseBad(): void {
  throw new Error("Broken invariant: a table that was only asked for its traits decodes nothing")
}

async function findFormats(
  factory: ConnectorFactory,
  given: Readonly<Record<string, string>>,
  registry: Registry,
  consumed: Set<string>,
  problems: Array<OptionProblem>,
  others: Array<string>
): Promise<Map<string, FoundFormat & { readonly prefix: string }>> {
  const found = new Map<string, FoundFormat & { readonly prefix: string }>()
  for (const { key, required } of factory.formatKeys) {
    const identifier = given[key]
    if (identifier === undefined) {
      if (required) problems.push({ kind: "missing", key })
      continue
    }
    consumed.add(key)
    const format = await registry.format(identifier)
    if (format === undefined) {
      others.push(unknownIdentifier("format", identifier, registry.identifiers("format")))
      for (const name of Object.keys(given)) {
        if (name.startsWith(`${identifier}.`)) consumed.add(name)
      }
      continue
    }
    const prefix = formatPrefix(key, format)
    const options = readOptions(format.options, { given, prefix }, consumed, problems)
    found.set(key, { factory: format, options, prefix })
  }
  return found
}

/** `format` → `json.`; `value.format` → `value.json.`. */
function formatPrefix(key: string, format: FormatFactory): string {
  return key.slice(0, key.length - "format".length) + format.identifier + "."
}

function unknownIdentifier(kind: string, identifier: string, known: ReadonlyArray<string>): string {
  const near = nearest(identifier, known)
  const remedy = near === undefined
    ? `If a package provides it, add it: npm install @millrace/${kind}-${
      identifier.replace(/[^a-z0-9-]/g, "")
    }`
    : `Did you mean '${near}'?`
  return `No ${kind} '${identifier}' is installed. ${remedy} (installed: ${known.join(", ")})`
}

function supportedKeys(
  factory: ConnectorFactory,
  formats: ReadonlyMap<string, FoundFormat & { readonly prefix: string }>
): ReadonlyArray<string> {
  const keys = [...commonOptions, ...factory.options].filter((option) =>
    option.unsupported === undefined
  ).map((option) => option.key)
  for (const { key } of factory.formatKeys) keys.push(key)
  for (const { factory: format, prefix } of formats.values()) {
    for (const option of format.options) {
      if (option.unsupported === undefined) {
        keys.push(option.key.startsWith("millrace.") ? option.key : prefix + option.key)
      }
    }
  }
  return [...new Set(keys)].sort()
}
