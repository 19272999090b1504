/** What each aggregate that keeps its values makes of them. */
import type { LogicalType } from "../../type/logical-type.ts"
import { compareBoxed } from "../function/comparison.ts"
import type { Boxed } from "../function/definition.ts"
import { type JsonTree, writeJson } from "../function/json-tree.ts"
import { jsonTree } from "../function/json-value.ts"
import { decimalToDouble } from "../function/exact.ts"
import { scaleOf } from "../function/type-rule.ts"
import type { Finish, Kept } from "./collected.ts"

/** Names of these aggregates; the JSON ones and ARRAY_AGG say in their names what becomes of NULL. */
export const collectedNames: ReadonlySet<string> = new Set([
  "listagg",
  "array_agg",
  "array_agg_ignore_nulls",
  "collect",
  "percentile",
  "json_arrayagg_null",
  "json_arrayagg_absent",
  "json_objectagg_null",
  "json_objectagg_absent"
])

/** Whether rows whose first argument is NULL count too. */
export function keepsNulls(name: string): boolean {
  return name === "array_agg" || name === "json_arrayagg_null" || name.startsWith("json_objectagg")
}

/** The value over no rows. */
export function emptyOf(name: string): Boxed {
  if (name.startsWith("json_arrayagg")) return "[]"
  if (name.startsWith("json_objectagg")) return "{}"
  return name === "collect" ? [] : null
}

function joined(rows: ReadonlyArray<Kept>): Boxed {
  let text = rows[0]![0] as string
  for (const row of rows.slice(1)) {
    text += `${row[1] ?? (row.length > 1 ? "" : ",")}${row[0] as string}`
  }
  return text
}

/** Values with how often each stands, in order of first appearance. */
function counted(rows: ReadonlyArray<Kept>, type: LogicalType): Boxed {
  const ordered = rows.map((row, at) => ({ value: row[0]!, at }))
  ordered.sort((a, b) => compareBoxed(a.value, b.value, type, type) || a.at - b.at)
  const entries: Array<{ readonly value: Boxed; readonly at: number; count: number }> = []
  for (const { value, at } of ordered) {
    const last = entries.at(-1)
    if (last !== undefined && compareBoxed(last.value, value, type, type) === 0) last.count++
    else entries.push({ value, at, count: 1 })
  }
  entries.sort((a, b) => a.at - b.at)
  return entries.map(({ value, count }) => [value, count])
}

function numberOf(value: Boxed, type: LogicalType): number {
  return typeof value === "bigint" ? decimalToDouble(value, scaleOf(type)) : value as number
}

/** By linear interpolation between the two nearest of the values in order, each standing as often as its frequency says. */
function percentile(rows: ReadonlyArray<Kept>, types: ReadonlyArray<LogicalType>): Boxed {
  const weighted = rows.map((row) => ({
    value: numberOf(row[0]!, types[0]!),
    weight: row.length > 2 ? Number(row[2] ?? 0) : 1
  })).filter(({ weight }) => weight > 0)
  if (weighted.length === 0) return null
  weighted.sort((a, b) => a.value - b.value)
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0)
  const nth = (place: number): number => {
    let passed = 0
    for (const { value, weight } of weighted) {
      passed += weight
      if (place < passed) return value
    }
    return weighted.at(-1)!.value
  }
  const one = (share: number): number => {
    const place = (total - 1) * share
    const below = nth(Math.floor(place))
    const above = nth(Math.ceil(place))
    return below + (above - below) * (place - Math.floor(place))
  }
  const wanted = rows.at(-1)![1]!
  const shareType = types[1]!
  if (!Array.isArray(wanted)) return one(numberOf(wanted, shareType))
  const element = (shareType as { element: LogicalType }).element
  return wanted.map((share) => share === null ? null : one(numberOf(share, element)))
}

function arrayOf(rows: ReadonlyArray<Kept>, type: LogicalType): Boxed {
  return writeJson(rows.map((row) => jsonTree(row[0]!, type)))
}

function objectOf(rows: ReadonlyArray<Kept>, type: LogicalType, absent: boolean): Boxed {
  const entries = new Map<string, JsonTree>()
  for (const [key, value] of rows) {
    if (key !== null && !(absent && value === null)) {
      entries.set(key as string, jsonTree(value!, type))
    }
  }
  return writeJson(entries)
}

/** The maker of results of an aggregate over arguments of `types`. */
export function finishOf(name: string, types: ReadonlyArray<LogicalType>): Finish {
  switch (name) {
    case "listagg":
      return joined
    case "collect":
      return (rows) => counted(rows, types[0]!)
    case "percentile":
      return (rows) => percentile(rows, types)
    case "json_arrayagg_null":
    case "json_arrayagg_absent":
      return (rows) => arrayOf(rows, types[0]!)
    case "json_objectagg_null":
    case "json_objectagg_absent":
      return (rows) => objectOf(rows, types[1]!, name.endsWith("absent"))
    case "first_value":
      return (rows) => rows[0]![0]!
    case "last_value":
      return (rows) => rows.at(-1)![0]!
    default:
      return (rows) => rows.map((row) => row[0]!)
  }
}
