/** Canonical text of function calls. Functions of the SQL standard are written as keywords, all others as quoted names. */
import type { Call } from "./ast.ts"
import { nameText } from "./unparse-name.ts"
import { overText, sortItemText, type Unparser } from "./unparse-expression.ts"

const standard: ReadonlySet<string> = new Set(
  `ABS ACOS ANY_VALUE APPROX_COUNT_DISTINCT ARG_MAX ARG_MIN ARRAY ARRAY_AGG ARRAY_CONCAT_AGG ASCII ASIN ATAN
  ATAN2 AVG BIT_AND BIT_OR BIT_XOR CARDINALITY CBRT CEIL CEILING CHARACTER_LENGTH CHAR_LENGTH
  CLASSIFIER COALESCE COLLECT CONVERT COS COT COUNT COVAR_POP COVAR_SAMP CUME_DIST CURRENT_CATALOG
  CURRENT_DATE CURRENT_PATH CURRENT_ROLE CURRENT_SCHEMA CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER
  DATE_DIFF DATETIME_DIFF DATETIME_TRUNC DATE_TRUNC DAYOFMONTH DAYOFWEEK DAYOFYEAR DEGREES DENSE_RANK
  ELEMENT EVERY EXP EXTRACT FIRST FIRST_VALUE FLOOR FUSION GROUPING GROUPING_ID GROUP_CONCAT GROUP_ID
  HOP HOP_END HOP_START HOUR INITCAP INTERSECTION JSON_DEPTH JSON_INSERT JSON_KEYS JSON_LENGTH
  JSON_PRETTY JSON_REMOVE JSON_REPLACE JSON_SET JSON_STORAGE_SIZE JSON_TYPE LAG LAST LAST_DAY
  LAST_VALUE LEAD LEFT LISTAGG LN LOCALTIME LOCALTIMESTAMP LOG10 LOWER MAP MATCH_NUMBER MAX MIN MINUTE
  MOD MODE MONTH NEXT NTH_VALUE NTILE NULLIF OCTET_LENGTH OVERLAY PERCENTILE_CONT PERCENTILE_DISC
  PERCENT_RANK PI POSITION POWER PREV QUARTER RADIANS RAND RAND_INTEGER RANK REGR_COUNT REGR_SXX
  REGR_SYY REPLACE RIGHT ROUND ROW_NUMBER SECOND SESSION SESSION_END SESSION_START SESSION_USER SIGN
  SIN SINGLE_VALUE SOME SQRT STDDEV STDDEV_POP STDDEV_SAMP STRING_AGG SUBSTRING SUM SYSTEM_USER TAN
  TIMESTAMPADD TIMESTAMPDIFF TIMESTAMP_DIFF TIMESTAMP_TRUNC TIME_DIFF TIME_TRUNC TRANSLATE TRIM
  TRUNCATE TUMBLE TUMBLE_END TUMBLE_START UPPER USER VARIANCE VAR_POP VAR_SAMP WEEK YEAR`.split(
    /\s+/
  )
)

/** Group windows have another name where they are values. */
const groupWindows: ReadonlySet<string> = new Set(["TUMBLE", "HOP", "SESSION"])

/** Text of a call; `table` where it stands in FROM. */
export function unparseCall(u: Unparser, call: Call, table: boolean): string {
  const name = functionName(call, table)
  let text = call.parentheses ? `${name}${argumentsText(u, call, name)}` : name
  if (call.nullTreatment !== undefined) text += ` ${call.nullTreatment}`
  if (call.withinGroup.length > 0) {
    text += ` WITHIN GROUP (ORDER BY ${
      call.withinGroup.map((item) => sortItemText(u, item)).join(", ")
    })`
  }
  if (call.filter !== undefined) text += ` FILTER (WHERE ${u.expression(call.filter)})`
  if (call.over !== undefined) text += ` OVER ${overText(u, call.over)}`
  return text
}

function functionName(call: Call, table: boolean): string {
  const [part, second] = call.name.parts
  if (second !== undefined || part!.quoted) return nameText(call.name)
  const upper = part!.name.toUpperCase()
  if (!standard.has(upper)) return nameText(call.name)
  if (!table && groupWindows.has(upper)) return `$${upper}`
  return upper === "CEILING" ? "CEIL" : upper
}

function argumentsText(u: Unparser, call: Call, name: string): string {
  const args = call.args.map((argument) => u.expression(argument))
  const [first = "", second = "", third = "", fourth] = args
  switch (name) {
    case "EXTRACT":
      return `(${first} FROM ${second})`
    case "FLOOR":
    case "CEIL":
      return call.args.length === 2 && call.args[1]!.kind === "symbol"
        ? `(${first} TO ${second})`
        : `(${args.join(", ")})`
    case "OVERLAY":
      return `(${first} PLACING ${second} FROM ${third}${
        fourth === undefined ? "" : ` FOR ${fourth}`
      })`
    case "POSITION":
      return call.args.length === 3
        ? `(${first} IN ${second} FROM ${third})`
        : `(${first} IN ${second})`
    case "TRIM":
      if (args.length === 1) return `(BOTH ' ' FROM ${first})`
      return args.length === 2
        ? `(${first} ' ' FROM ${second})`
        : `(${first} ${second} FROM ${third})`
    case "FIRST":
    case "LAST":
      return args.length === 1 ? `(${first}, 0)` : `(${first}, ${second})`
    case "PREV":
    case "NEXT":
      return args.length === 1 ? `(${first}, 1)` : `(${first}, ${second})`
  }
  const quantifier = call.quantifier === undefined ? "" : `${call.quantifier} `
  const order = call.orderBy.length === 0
    ? ""
    : ` ORDER BY ${call.orderBy.map((item) => sortItemText(u, item)).join(", ")}`
  return `(${quantifier}${args.join(", ")}${order})`
}
