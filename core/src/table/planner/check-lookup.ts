/** What a join asks of a table that it looks up, and the table cannot give. */
import { badRecords } from "../common-options.ts"
import type { Connector } from "../connector.ts"
import type { WorkOf } from "./relation.ts"

/** Refuse what the connector cannot do; `fail` makes the fault. */
export function checkLookup(
  work: WorkOf<"lookup">,
  { factory, context, common }: Connector,
  fail: (problem: string, hint?: string) => Error
): void {
  const { lookup } = factory
  const { table } = work
  if (lookup === undefined) {
    throw fail(
      `Table ${table} cannot be looked up by its connector '${factory.identifier}', as FOR SYSTEM_TIME AS OF PROCTIME() asks`,
      "Join it without FOR SYSTEM_TIME AS OF, or by event time"
    )
  }
  if (common.get(badRecords) === "dead-letter") {
    throw fail(
      `Bad records of table ${table} cannot go to a dead-letter table, as it is looked up`,
      "Set 'millrace.bad-records' to 'fail' or 'skip'"
    )
  }
  if (lookup.kind === "asked") {
    const keys = work.rightKeys.map((key) => context.table.physical[work.columns[key]!]!)
    const problem = lookup.problem?.(context, keys)
    if (problem !== undefined) throw fail(problem)
    return
  }
  if (work.asking.attemptsMax > 1) {
    throw fail(
      `Table ${table} is read as a whole, so a row that is missing cannot be asked for again`,
      "Leave the retry options out of hint LOOKUP"
    )
  }
  const { boundedness, changelog } = factory.source!.traits(context)
  if (boundedness === "unbounded") {
    throw fail(`Table ${table} never ends, so it cannot be read as a whole to be looked up`)
  }
  if (changelog.updateAfter || changelog.delete) {
    throw fail(
      `Table ${table} has rows that change, so it cannot be read as a whole to be looked up`
    )
  }
}
