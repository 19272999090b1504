/** The options of a session as SET and RESET change them: known ones are checked at once, unknown ones kept with a warning. */
import { nearest } from "./nearest.ts"
import { describe } from "./option-fault.ts"
import { type OptionProblem, type ReadOptions, readOptions } from "./options.ts"
import { shownValue } from "./secret.ts"
import { localTimeZone, sessionOptions } from "./session-options.ts"

/** What came of SET: a problem that refuses it, or a warning. */
export interface SetResult {
  readonly problem: string | undefined
  readonly warning: string | undefined
}

/** Options by key. */
export class Settings {
  readonly #initial: ReadonlyMap<string, string>
  #given: Map<string, string>

  /** `initial`: what RESET goes back to. */
  constructor(initial: Readonly<Record<string, string>>) {
    this.#initial = new Map(Object.entries(initial))
    this.#given = new Map(this.#initial)
  }

  /** Set one option. A problem leaves the old value. */
  set(key: string, value: string): SetResult {
    const problems: Array<OptionProblem> = []
    const consumed = new Set<string>()
    readOptions(sessionOptions, { given: { [key]: value }, prefix: "" }, consumed, problems)
    const problem = problems.find((found) => found.kind === "invalid") ?? zoneProblem(key, value)
    if (problem !== undefined) return { problem: describe(problem), warning: undefined }
    this.#given.set(key, value)
    return { problem: undefined, warning: consumed.has(key) ? undefined : unknownKey(key) }
  }

  /** Back to the initial value; without a key all of them. */
  reset(key: string | undefined): void {
    if (key === undefined) {
      this.#given = new Map(this.#initial)
      return
    }
    const initial = this.#initial.get(key)
    if (initial === undefined) this.#given.delete(key)
    else this.#given.set(key, initial)
  }

  /** Typed access by the declarations of `session-options.ts`; a copy as of now. */
  read(): ReadOptions {
    return readOptions(
      sessionOptions,
      { given: Object.fromEntries(this.#given), prefix: "" },
      new Set(),
      []
    )
  }

  /** What was given, sorted by key, secrets hidden. */
  shown(): ReadonlyArray<readonly [key: string, value: string]> {
    return [...this.#given].sort(([a], [b]) => a < b ? -1 : 1)
      .map(([key, value]) => [key, shownValue(key, value)])
  }
}

function zoneProblem(key: string, value: string): OptionProblem | undefined {
  if (key !== localTimeZone.key) return undefined
  try {
    new Intl.DateTimeFormat("en", { timeZone: value })
    return undefined
  } catch {
    return {
      kind: "invalid",
      key,
      given: value,
      wanted: "a time zone such as 'UTC', 'Europe/Berlin' or '+02:00'"
    }
  }
}

function unknownKey(key: string): string {
  const near = nearest(key, sessionOptions.map((option) => option.key))
  const hint = near === undefined ? "it has no effect" : `did you mean '${near}'?`
  return `Option '${key}' is not known: ${hint}`
}
