/** Hints behind SELECT: which joins look up how, and those for choices that there are none of here. */
import type * as Ast from "../../sql/ast.ts"
import type { PlanLookup } from "../plan.ts"
import { parseDuration, parseInteger, Wanted } from "../option-text.ts"
import { nearest } from "../nearest.ts"
import { notSupported, planFault, type SourceText, suggest } from "./plan-fault.ts"
import type { BindContext } from "./scope.ts"

/** The hints of one SELECT, by what they are about. */
export interface SelectHints {
  readonly lookups: ReadonlyArray<{ readonly table: string; readonly lookup: PlanLookup }>
}

/** How a join in batch mode is done: a stream of rows has one way only, so these say nothing. */
const joinHints: ReadonlySet<string> = new Set([
  "BROADCAST",
  "SHUFFLE_HASH",
  "SHUFFLE_MERGE",
  "NEST_LOOP",
  "MULTI_JOIN"
])

const plainAsking: PlanLookup["asking"] = {
  requestsMax: 100,
  timeoutMillis: 180_000,
  attemptsMax: 1,
  delayMillis: 0
}

/** Read the hints of a SELECT. `from` tells which tables they may name. */
export function selectHints(
  hints: ReadonlyArray<Ast.Hint>,
  from: Ast.TableReference | undefined,
  { source }: BindContext
): SelectHints {
  const names = from === undefined ? [] : [...tableNames(from)]
  const known = (name: string, hint: Ast.Hint): string => {
    if (names.includes(name)) return name
    const near = suggest(name, names, "Tables")
    throw planFault(
      source,
      hint.span,
      `Hint ${hint.name.name} names '${name}', which is no table of this query`,
      near
    )
  }
  const lookups: Array<SelectHints["lookups"][number]> = []
  for (const hint of hints) {
    const name = hint.name.name.toUpperCase()
    if (joinHints.has(name)) {
      for (const arg of hint.args) known(argumentText(arg, hint, source), hint)
    } else if (name === "LOOKUP") {
      const { table, lookup } = readLookup(hint, source)
      lookups.push({ table: known(table, hint), lookup })
    } else throw notSupported(source, hint.span, `Hint ${hint.name.name}`)
  }
  return { lookups }
}

function argumentText(arg: Ast.Hint["args"][number], hint: Ast.Hint, source: SourceText): string {
  if (arg.kind === "identifier") return arg.name
  if (arg.kind === "string") return arg.value
  throw planFault(source, hint.span, `Hint ${hint.name.name} takes names of tables`)
}

/** Names that tables have in FROM: their own and their aliases. */
function* tableNames(node: Ast.TableReference): Generator<string> {
  if (node.kind === "join") {
    yield* tableNames(node.left)
    yield* tableNames(node.right)
  } else if (node.kind === "aliasedTable") {
    yield node.alias.name
    yield* tableNames(node.table)
  } else if (node.kind === "namedTable") {
    yield node.name.parts.at(-1)!.name
  }
}

function read<A>(hint: Ast.Hint, source: SourceText, key: string, of: () => A): A {
  try {
    return of()
  } catch (error) {
    if (!(error instanceof Wanted)) throw error
    throw planFault(
      source,
      hint.span,
      `'${key}' of hint ${hint.name.name} must be ${error.message}`
    )
  }
}

const lookupKeys = [
  "table",
  "async",
  "output-mode",
  "capacity",
  "timeout",
  "retry-predicate",
  "retry-strategy",
  "fixed-delay",
  "max-attempts",
  "shuffle"
]

function readLookup(
  hint: Ast.Hint,
  source: SourceText
): { readonly table: string; readonly lookup: PlanLookup } {
  const given = new Map<string, string>()
  for (const { key, value } of hint.options) {
    const name = key.kind === "string" ? key.value : key.name
    if (!lookupKeys.includes(name)) {
      const near = nearest(name, lookupKeys)
      throw planFault(
        source,
        hint.span,
        `Hint LOOKUP has no option '${name}'`,
        near === undefined ? `Options: ${lookupKeys.join(", ")}` : `Did you mean '${near}'?`
      )
    }
    given.set(name, value.value)
  }
  const fail = (problem: string): Error => planFault(source, hint.span, problem)
  const choice = (key: string, values: ReadonlyArray<string>): string | undefined => {
    const value = given.get(key)?.toLowerCase()
    if (value === undefined || values.includes(value)) return value
    throw fail(`'${key}' of hint LOOKUP must be ${values.join(" or ")}, not '${value}'`)
  }
  const millis = (key: string): number | undefined => {
    const text = given.get(key)
    return text === undefined ? undefined : read(hint, source, key, () => parseDuration(text))
  }
  const count = (key: string): number | undefined => {
    const text = given.get(key)
    return text === undefined
      ? undefined
      : read(hint, source, key, () => Number(parseInteger(text, 1n, 2n ** 31n - 1n)))
  }
  const table = given.get("table")
  if (table === undefined) throw fail("Hint LOOKUP needs the option 'table'")
  // Answers are given on in the order of the rows, which either mode allows.
  choice("output-mode", ["ordered", "allow_unordered"])
  if (choice("shuffle", ["true", "false"]) === "true") {
    throw notSupported(source, hint.span, "'shuffle' of hint LOOKUP")
  }
  const retries = retryKeys.filter((key) => given.has(key))
  if (retries.length > 0 && retries.length < retryKeys.length) {
    throw fail(`Hint LOOKUP needs all of ${retryKeys.join(", ")}, or none`)
  }
  choice("retry-predicate", ["lookup_miss"])
  choice("retry-strategy", ["fixed_delay"])
  const isSync = choice("async", ["true", "false"]) === "false"
  const asking: PlanLookup["asking"] = {
    requestsMax: isSync ? 1 : count("capacity") ?? plainAsking.requestsMax,
    timeoutMillis: millis("timeout") ?? plainAsking.timeoutMillis,
    // The first question and as many more.
    attemptsMax: 1 + (count("max-attempts") ?? 0),
    delayMillis: millis("fixed-delay") ?? 0
  }
  return { table, lookup: { asking } }
}

const retryKeys = ["retry-predicate", "retry-strategy", "fixed-delay", "max-attempts"]

/** How the table of one of the names is asked. */
export function lookupHint(context: BindContext, names: ReadonlyArray<string>): PlanLookup {
  const found = context.hints?.lookups.find(({ table }) => names.includes(table))
  return found?.lookup ?? { asking: plainAsking }
}
