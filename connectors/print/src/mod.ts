/**
 * The `print` connector: rows as text on standard output or error.
 * @module
 */
import { type ConnectorFactory, writeStandard } from "@millrace/core/internal"
import { identifier, options, standardError } from "./options.ts"
import { printWriter } from "./writer.ts"

/** The factory. */
export const factory: ConnectorFactory = printTo(writeStandard)

/** A factory of which the rows go to `write` instead: for tests. */
export function printTo(write: typeof writeStandard): ConnectorFactory {
  return {
    kind: "connector",
    identifier: "print",
    package: "@millrace/connector-print",
    description: "Prints rows, with the kind of change, to standard output or error.",
    options,
    formatKeys: [],
    sink: {
      traits: () => ({
        changelog: { insert: true, updateBefore: true, updateAfter: true, delete: true },
        metadata: {},
        partitioning: true,
        overwrite: false
      }),
      make: (context, consumed, abilities) => {
        const statics = Object.entries(abilities.staticPartition).map(([key, value]) =>
          `${key}=${value}`
        )
        const spec = {
          identifier: [context.options.get(identifier) ?? "", ...statics].filter((part) =>
            part !== ""
          ).join(":"),
          target: context.options.need(standardError) ? "error" as const : "output" as const,
          schema: consumed,
          timeZone: context.timeZone
        }
        return { guarantee: "at-least-once", writer: () => printWriter(spec, write) }
      }
    }
  }
}
