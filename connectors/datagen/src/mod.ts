/**
 * The `datagen` connector: random rows and sequences.
 * @module
 */
import type {
  ConnectorFactory,
  LogicalType,
  ReadOptions,
  TableContext
} from "@millrace/core/internal"
import { readFields, sequenceRows } from "./field.ts"
import { numberOfRows, options, rowsPerSecond, seed } from "./options.ts"
import { source } from "./source.ts"

/** The factory. */
export const factory: ConnectorFactory = {
  kind: "connector",
  identifier: "datagen",
  package: "@millrace/connector-datagen",
  description: "Random rows and sequences, at a given pace.",
  options,
  formatKeys: [],
  check: (context) => {
    const problems: Array<string> = []
    readFields(context.table.physical, context.options, problems)
    const names = context.table.physical.map((column) => column.name)
    for (const part of templateParts(context.options)) {
      if (!names.includes(part.split(".")[0]!)) {
        problems.push(
          `Options 'fields.${part}.…' name a column that the table does not have; it has ${
            names.join(", ")
          }`
        )
      }
    }
    return problems
  },
  source: {
    traits: (context) => ({
      boundedness: rowsOf(context) === undefined ? "unbounded" : "bounded",
      changelog: { insert: true, updateBefore: false, updateAfter: false, delete: false },
      metadata: {} as Readonly<Record<string, LogicalType.LogicalType>>,
      nestedProjection: false
    }),
    make: (context, abilities) => {
      const fields = readFields(context.table.physical, context.options, [])
      const given = context.options.get(seed)
      return source({
        fields: abilities.projection.map((path) => fields[path[0]!]!),
        rows: rowsOf(context),
        rowsPerSecond: Number(context.options.need(rowsPerSecond)),
        seed: given === undefined ? undefined : Number(BigInt.asIntN(32, given))
      })
    }
  }
}

function rowsOf(context: TableContext): number | undefined {
  const given = context.options.get(numberOfRows)
  const sequence = sequenceRows(readFields(context.table.physical, context.options, []))
  if (given === undefined) return sequence === undefined ? undefined : Number(sequence)
  return Number(sequence !== undefined && sequence < given ? sequence : given)
}

function templateParts(read: ReadOptions): ReadonlySet<string> {
  return new Set(
    options.filter((option) => option.key.includes("#")).flatMap((
      option
    ) => [...read.template(option).keys()])
  )
}
