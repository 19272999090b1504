/**
 * What a suite is made of: named checks, so that they can be registered as tests and also be run against a connector that is
 * meant to fail them.
 */
import { describe, it } from "node:test"

/** One claim and the code that proves it. */
export interface Check {
  /** A sentence with the symbol first. */
  readonly name: string
  readonly run: () => Promise<void>
}

/** Register checks as tests. */
export function register(title: string, checks: ReadonlyArray<Check>): void {
  describe(title, () => {
    for (const { name, run } of checks) it(name, run)
  })
}
