/**
 * What every connector's options must do: one that is declared is honoured or refused by name, one that is not declared is refused with the
 * name that was meant, all problems come at once with the table's place, and no secret is shown.
 */
import assert from "node:assert/strict"
import {
  commonOptions,
  isSecretKey,
  type Option,
  OptionFault,
  parseOption
} from "@millrace/core/internal"
import type { Check } from "./check.ts"
import { inFolder } from "./folder.ts"
import { resolve, type Subject, type TableSpec, wholeScan } from "./table.ts"

/** What the checks are about. */
export interface OptionSubject extends Subject {
  readonly table: (folder: string) => Promise<TableSpec>
  readonly role: "source" | "sink"
  /** Uses the table and answers the keys that the connector asked for. */
  readonly exercise: (folder: string) => Promise<ReadonlySet<string>>
}

/** Options that the planner reads for every connector that declares them. */
const plannerOptions = ["sink.parallelism", "scan.parallelism"]

/** A text that no kind but `string` and `list` takes. */
const nonsense = "%nonsense%"

/** The checks. */
export function optionChecks(subject: OptionSubject): ReadonlyArray<Check> {
  const { factory } = subject
  return [
    {
      name: "OptionSet has one declaration per key, with a description and a default that is valid",
      run: () => Promise.resolve(checkDeclarations(factory.options))
    },
    {
      name: "resolveConnector() refuses each option that is not built by name, with the reason",
      run: () => inFolder((folder) => checkUnsupported(subject, folder))
    },
    {
      name:
        "resolveConnector() refuses a misspelt option with the name that was meant, and lists the options for a foreign one",
      run: () => inFolder((folder) => checkUnknown(subject, folder))
    },
    {
      name:
        "resolveConnector() refuses a value of another kind, and a required option that is missing, all at once",
      run: () => inFolder((folder) => checkValues(subject, folder))
    },
    {
      name: "OptionFault shows no secret",
      run: () => inFolder((folder) => checkSecrets(subject, folder))
    },
    {
      name: "ConnectorFactory asks for every option that it declares as built",
      run: () => inFolder((folder) => checkConsulted(subject, folder))
    }
  ]
}

async function faultOf(
  subject: OptionSubject,
  spec: TableSpec,
  options: Readonly<Record<string, string>>
): Promise<OptionFault> {
  try {
    await resolve(subject, { ...spec, options }, subject.role, 1)
  } catch (error) {
    assert.ok(error instanceof OptionFault, `an OptionFault, not ${String(error)}`)
    assert.match(error.message, /^Cannot use table /)
    assert.ok(error.message.includes("conformance.sql, line 3, column 14"), "the table's place")
    return error
  }
  return assert.fail(`${JSON.stringify(options)} must be refused`)
}

function checkDeclarations(options: ReadonlyArray<Option>): void {
  const keys = [...commonOptions, ...options].flatMap((one) => [
    one.key,
    ...one.fallbackKeys ?? []
  ])
  assert.deepEqual([...new Set(keys)].sort(), keys.sort())
  for (const option of options) {
    assert.match(option.description, /\.$/, `'${option.key}' is described by a sentence`)
    assert.ok(option.own !== true || option.key.startsWith("millrace."))
    if (option.default !== undefined) parseOption(option, option.default)
  }
}

async function checkUnsupported(subject: OptionSubject, folder: string): Promise<void> {
  const spec = await subject.table(folder)
  for (const option of [...commonOptions, ...subject.factory.options]) {
    if (option.unsupported === undefined) continue
    const value = option.default ?? option.values?.[0] ?? "1"
    const fault = await faultOf(subject, spec, { ...spec.options, [option.key]: value })
    const found = fault.problems.find((problem) => problem.key === option.key)
    assert.equal(found?.kind, "unsupported", `'${option.key}' is refused`)
    assert.ok(fault.message.includes(`'${option.key}' is not supported yet: ${option.unsupported}`))
  }
}

async function checkUnknown(subject: OptionSubject, folder: string): Promise<void> {
  const spec = await subject.table(folder)
  for (const { key, unsupported } of subject.factory.options) {
    if (unsupported !== undefined || key.includes("#")) continue
    const misspelt = key.slice(0, -1) + key.at(-1)!.repeat(2)
    const fault = await faultOf(subject, spec, { ...spec.options, [misspelt]: "1" })
    assert.ok(fault.message.includes(`'${misspelt}' is not known. Did you mean '${key}'?`))
  }
  const fault = await faultOf(subject, spec, { ...spec.options, "quite.another.thing": "1" })
  const [problem] = fault.problems
  assert.equal(problem?.kind, "unknown")
  const supported = problem.kind === "unknown" ? problem.supported : []
  for (const { key, unsupported } of subject.factory.options) {
    assert.equal(supported.includes(key), unsupported === undefined, `'${key}' is listed or not`)
  }
}

async function checkValues(subject: OptionSubject, folder: string): Promise<void> {
  const spec = await subject.table(folder)
  const built = subject.factory.options.filter((option) => option.unsupported === undefined)
  const options: Record<string, string> = { ...spec.options }
  const wanted: Array<string> = []
  for (const option of built) {
    if (["string", "list"].includes(option.kind)) continue
    options[option.key] = nonsense
    wanted.push(option.key)
  }
  for (const option of built) {
    if (option.required !== true) continue
    delete options[option.key]
    wanted.push(option.key)
  }
  for (const { key, required } of subject.factory.formatKeys) {
    if (!required) continue
    delete options[key]
    wanted.push(key)
  }
  if (wanted.length === 0) return
  const fault = await faultOf(subject, spec, options)
  for (const key of wanted) assert.ok(fault.message.includes(`'${key}'`), `'${key}' is named`)
}

async function checkSecrets(subject: OptionSubject, folder: string): Promise<void> {
  const spec = await subject.table(folder)
  const canary = "canary-3f9c"
  const options: Record<string, string> = { ...spec.options, "no.such.password": canary }
  for (const option of subject.factory.options) {
    if (option.secret === true || isSecretKey(option.key)) options[option.key] = canary
  }
  const fault = await faultOf(subject, spec, options)
  assert.ok(!fault.message.includes(canary), "the message shows no secret")
  assert.ok(!JSON.stringify(fault).includes(canary), "the fault's data holds no secret")
}

async function checkConsulted(subject: OptionSubject, folder: string): Promise<void> {
  const asked = new Set(await subject.exercise(folder))
  const other = subject.role === "source" ? "sink" : "source"
  const spec = await subject.table(folder)
  if (subject.factory[other] !== undefined) {
    const { factory, context } = await resolve(subject, spec, other, 1, asked)
    factory[other]!.traits(context)
    // making touches nothing outside (factory.ts, law 3)
    factory.source?.make(context, wholeScan(spec.physical))
    factory.sink?.make(context, spec.physical, { overwrite: false, staticPartition: {} })
  }
  if (subject.factory.lookup !== undefined) {
    const { factory, context } = await resolve(subject, spec, "source", 1, asked)
    const lookup = factory.lookup!
    if (lookup.kind === "full") lookup.reloadMillis(context)
    else {
      lookup.cache(context)
      lookup.make(context, { columns: spec.physical, keys: spec.physical.slice(0, 1) })
    }
  }
  const ignored = subject.factory.options.filter((option) =>
    option.unsupported === undefined && !asked.has(option.key) &&
    !plannerOptions.includes(option.key)
  )
  assert.deepEqual(ignored.map((option) => option.key), [], "declared, taken, and never asked for")
}
