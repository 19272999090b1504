/** Reads the templated options `fields.<path>.<name>` with their forms. */
import { type Option, parseOption, type ReadOptions } from "@millrace/core/internal"
import * as Options from "./options.ts"

const declared: Readonly<Record<string, Option>> = {
  kind: Options.fieldKind,
  min: Options.fieldMin,
  max: Options.fieldMax,
  "max-past": Options.fieldMaxPast,
  length: Options.fieldLength,
  "var-len": Options.fieldVarLen,
  start: Options.fieldStart,
  end: Options.fieldEnd,
  "null-rate": Options.fieldNullRate
}

function text(options: ReadOptions, path: string, name: string): string | undefined {
  return options.template(declared[name]!).get(path)
}

function parsed(
  options: ReadOptions,
  path: string,
  name: string,
  kind: "double" | "duration" | "boolean" | "int",
  problems: Array<string>
): number | boolean | undefined {
  const given = text(options, path, name)
  if (given === undefined) return undefined
  try {
    return parseOption({ key: name, kind, description: "" }, given) as number | boolean
  } catch (error) {
    problems.push(
      `Option 'fields.${path}.${name}' must be ${(error as Error).message}, but is '${given}'`
    )
    return undefined
  }
}

function integer(
  options: ReadOptions,
  path: string,
  name: string,
  fallback: bigint | undefined,
  problems: Array<string>,
  scale = 0
): bigint | undefined {
  const given = text(options, path, name)
  if (given === undefined) return fallback
  const match = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(given.trim())
  const fraction = match?.[3] ?? ""
  if (match === null || fraction.length > scale) {
    problems.push(
      `Option 'fields.${path}.${name}' must be a ${
        scale === 0 ? "whole number" : `number with at most ${scale} decimals`
      }, but is '${given}'`
    )
    return fallback
  }
  const value = BigInt(match[2]! + fraction.padEnd(scale, "0"))
  return match[1] === "-" ? -value : value
}

/** Readers by form; each adds a sentence to `problems` and answers the fallback when the text is not of the form. */
export const option: {
  readonly text: typeof text
  readonly integer: typeof integer
  readonly number: (
    options: ReadOptions,
    path: string,
    name: string,
    fallback: number,
    problems: Array<string>
  ) => number
  readonly duration: (
    options: ReadOptions,
    path: string,
    name: string,
    fallback: number,
    problems: Array<string>
  ) => number
  readonly count: (
    options: ReadOptions,
    path: string,
    name: string,
    fallback: number,
    problems: Array<string>
  ) => number
  readonly boolean: (
    options: ReadOptions,
    path: string,
    name: string,
    problems: Array<string>
  ) => boolean
} = {
  text,
  integer,
  number: (options, path, name, fallback, problems) =>
    parsed(options, path, name, "double", problems) as number ?? fallback,
  duration: (options, path, name, fallback, problems) =>
    parsed(options, path, name, "duration", problems) as number ?? fallback,
  count: (options, path, name, fallback, problems) => {
    const value = parsed(options, path, name, "int", problems) as number ?? fallback
    if (value >= 0 && value <= 1048576) return value
    problems.push(`Option 'fields.${path}.${name}' must be from 0 to 1048576, but is '${value}'`)
    return fallback
  },
  boolean: (options, path, name, problems) =>
    parsed(options, path, name, "boolean", problems) === true
}
