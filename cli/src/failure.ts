/** What a user reads when something failed: the message of a fault; of a bug also where it happened. */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import { isFault } from "@millrace/core/internal"

/** The text, without a line feed at the end. */
export function failureText(error: unknown): string {
  if (isFault(error)) return `Error: ${error.message}`
  if (error instanceof Error) {
    return `Error: ${error.message}\nThis is a bug in Millrace, or in code of the job:\n${
      error.stack ?? ""
    }`
  }
  return `Error: ${String(error)}`
}

/** The texts of what failed: none for success and for an interruption. */
export function failureOf(exit: Exit.Exit<unknown, unknown>): ReadonlyArray<string> {
  if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return []
  return [failureText(Cause.squash(exit.cause))]
}
