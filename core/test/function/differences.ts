/** Calls that do not have Flink's value here, with the reason. A call that agrees again must leave this list. */

const units = "characters are code points here and units of UTF-16 in Flink"
const declared =
  "the common type is VARCHAR here, while Flink's planner leaves the first value alone"

const folded = "Flink folds casts of literals to FLOAT without rounding"
const digits = "what is no decimal number has no value; Flink reads some letters as 0"
const early = "the time of day before 1970 is what the clock showed"

/** By the SQL of the call. */
export const differences: Readonly<Record<string, string>> = {
  "COALESCE('a😀b', 'none')": declared,
  ...Object.fromEntries(
    ["", "a", "Hello World", "Straße", "日本語テキスト", "a😀b", "  padded ", "12345"].map((
      text
    ) => [`IFNULL('${text}', 'none')`, declared])
  ),
  "ROW(1, CAST(NULL AS INT)) = ROW(1, 2)": "rows are compared with NULLs as values: never NULL",
  "0e0 + CAST(16777217 AS FLOAT)": folded,
  "TIMESTAMP '1582-10-20 11:11:11' + INTERVAL '1.5' SECOND":
    "the half second is kept, as it is after 1970",
  "TYPEOF('a😀b')": units,
  "TYPEOF(ENCODE('Straße', 'UTF-8'))": "a character set that is not known gives NULL",
  "TRY_CAST('NaN' AS FLOAT)": "NaN is a FLOAT",
  "TRY_CAST('Infinity' AS FLOAT)": "Infinity is a FLOAT",
  "CAST(2147483647 AS FLOAT)": "the shortest digits, which Java prints since version 19",
  "CAST(CAST(1.1 AS FLOAT) AS DOUBLE)": folded,
  "CAST(CAST(1.1 AS FLOAT) AS DECIMAL(38, 10))": folded,
  "TRY_CAST('F' AS DECIMAL(5, 2))": digits,
  "TRY_CAST('١' AS DECIMAL(38, 10))": digits,
  "CAST('x' AS DECIMAL(3, 1))": digits,
  "CAST(TIMESTAMP '1969-12-31 23:59:59.999' AS TIME)": early,
  "CAST(TIMESTAMP '1969-12-31 23:59:59.999' AS TIME(3))": early,
  "REGEXP_REPLACE('a😀b', '', '-')": units,
  "OVERLAY('Straße' PLACING '😀' FROM 3)": units,
  "OVERLAY('a😀b' PLACING 'b' FROM 3)": units,
  "RPAD('a😀b', 2, 'l')": units,
  "MAP_FROM_ARRAYS(ARRAY['x', CAST(NULL AS STRING), 'x'], ARRAY[1, 2, 3])":
    "a key stands once in a map",
  "JSON_QUOTE('a😀b')": "Flink writes the code point as an escape, which is no JSON"
}

/** Differences of many calls: those whose SQL matches may differ. */
export const patterns: ReadonlyArray<{ readonly form: RegExp; readonly reason: string }> = [
  {
    form: /9999-12-31/,
    reason: "years from 10000 on are written whole here, and modulo 10000 by Flink"
  },
  { form: /-0e0/, reason: "Flink folds the literal -0e0 to 0" },
  {
    form: /^(FLOOR|CEIL).*0001-01-01/,
    reason: "Flink rounds days of the Julian calendar's time by two days"
  },
  { form: /^FROM_UNIXTIME\(.*\d{16}/, reason: "times beyond the years that DATE has" }
]

/** Aggregates that differ. */
export const aggregateDifferences: ReadonlyArray<
  { readonly form: RegExp; readonly reason: string }
> = [
  {
    form: /^LAST_VALUE\(s\) WHERE (i > 0|TRUE)/,
    reason: "Flink does not keep the order of VALUES"
  },
  { form: /^ARRAY_AGG\(DISTINCT/, reason: "DISTINCT leaves out NULL" }
]
