/**
 * The start of a user's values, once per attempt of a job. An iterator that comes back a second time is spent: reading on would end the job
 * as if there were no more values, so it is refused.
 */
import { Fault, type FaultClass } from "../../fault.ts"

const ValuesFaultBase: FaultClass<"ValuesFault", { source: string; cause: unknown }> = Fault<
  { source: string; cause: unknown }
>()(
  "ValuesFault",
  "user",
  "never"
)

/** The user's values failed, or cannot be read again. */
export class ValuesFault extends ValuesFaultBase {
  override get message(): string {
    return `Cannot read from ${this.source}: ${
      this.cause instanceof Error ? this.cause.message : String(this.cause)
    }`
  }
}

const spent =
  "it was read before and cannot begin again; give a function that makes a new one at every start"

/** Begins the values of one source. */
export class Beginning<I extends object> {
  readonly what: string
  private readonly open: () => I
  private last: I | undefined = undefined

  /** `what` names the source in errors: `an async iterable`. */
  constructor(what: string, open: () => I) {
    this.what = what
    this.open = open
  }

  /** The iterator of this attempt. Throws {@link ValuesFault}. */
  begin(): I {
    const { what: source } = this
    let iterator: I
    try {
      iterator = this.open()
    } catch (cause) {
      throw new ValuesFault({ source, cause })
    }
    if (iterator === this.last) throw new ValuesFault({ source, cause: new Error(spent) })
    this.last = iterator
    return iterator
  }
}
