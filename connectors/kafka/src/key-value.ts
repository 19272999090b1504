/**
 * Which columns stand in a message's key and which in its value, by Flink's rules: `key.fields`, `key.fields-prefix`,
 * `value.fields-include`; of `upsert-kafka` the primary key is the key.
 */
import type { FoundFormat, LogicalType, TableContext } from "@millrace/core/internal"
import { fieldsInclude, keyFields, keyFieldsPrefix } from "./options.ts"

/** The columns of one half of a message. */
export interface Half {
  readonly format: FoundFormat
  /** As the format sees them: the key's without their prefix. */
  readonly physical: LogicalType.RowType
  /** Per column of `physical` its place among the table's columns. */
  readonly places: ReadonlyArray<number>
}

/** Both halves. */
export interface KeyValue {
  readonly key: Half | undefined
  readonly value: Half
}

/** The format of a message's value. */
export function valueFormat(context: TableContext): FoundFormat | undefined {
  return context.formats.get("value.format") ?? context.formats.get("format")
}

/** Sort the columns out; only of a context without {@link keyValueProblems}. */
export function keyValueOf(context: TableContext, upsert: boolean): KeyValue {
  const { table, options } = context
  const keyFormat = context.formats.get("key.format")
  const names = upsert ? table.primaryKey : options.get(keyFields) ?? []
  const prefix = options.get(keyFieldsPrefix) ?? ""
  const keyPlaces = keyFormat === undefined
    ? []
    : names.map((name) => table.physical.findIndex((field) => field.name === name))
  const exceptKey = options.get(fieldsInclude) === "EXCEPT_KEY"
  const valuePlaces = table.physical.flatMap((_, i) =>
    exceptKey && keyPlaces.includes(i) ? [] : [i]
  )
  return {
    key: keyFormat === undefined ? undefined : {
      format: keyFormat,
      places: keyPlaces,
      physical: keyPlaces.map((place) => {
        const field = table.physical[place]!
        return { name: field.name.slice(prefix.length), type: field.type }
      })
    },
    value: {
      format: valueFormat(context)!,
      places: valuePlaces,
      physical: valuePlaces.map((place) => table.physical[place]!)
    }
  }
}

/** What breaks the rules, as sentences. */
export function keyValueProblems(context: TableContext, upsert: boolean): ReadonlyArray<string> {
  const { options, formats, table } = context
  const problems: Array<string> = []
  const keyFormat = formats.get("key.format")
  const names = upsert ? table.primaryKey : options.get(keyFields) ?? []
  const prefix = options.get(keyFieldsPrefix) ?? ""
  if (!upsert && formats.has("format") && formats.has("value.format")) {
    problems.push("Options 'format' and 'value.format' mean the same: give one of them")
  }
  if (valueFormat(context) === undefined) {
    problems.push("Option 'format' (or 'value.format') is missing")
  }
  if (keyFormat === undefined) {
    for (const option of [keyFields, keyFieldsPrefix]) {
      if (!upsert && options.given(option)) {
        problems.push(
          `The option '${option.key}' can only be declared if a key format is defined using 'key.format'`
        )
      }
    }
  } else if (names.length === 0 && !upsert) {
    problems.push(
      `A key format 'key.format' requires the declaration of one or more of key fields using '${keyFields.key}'`
    )
  }
  for (const name of names) {
    if (!table.physical.some((field) => field.name === name)) {
      problems.push(
        `Key field '${name}' is no column of the table: ${
          table.physical.map((f) => f.name).join(", ")
        }`
      )
    } else if (!name.startsWith(prefix)) {
      problems.push(
        `All fields in '${keyFields.key}' must be prefixed with '${prefix}' when option '${keyFieldsPrefix.key}' is set but field '${name}' is not prefixed`
      )
    }
  }
  if (new Set(names).size < names.length) problems.push("A key field is named twice")
  if (prefix !== "" && options.get(fieldsInclude) !== "EXCEPT_KEY") {
    problems.push(
      `A key prefix is not allowed when option '${fieldsInclude.key}' is set to 'ALL'. Set it to 'EXCEPT_KEY' instead to avoid field overlaps`
    )
  }
  return problems
}
