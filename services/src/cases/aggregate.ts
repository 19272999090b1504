/** Calls of aggregates to record, over the rows of one small table and parts of it. */

/** The rows: an INT, a BIGINT, a DECIMAL, a DOUBLE, a STRING, a key and a truth value, with NULLs, repetitions and extremes. */
export const aggregateTable =
  "(VALUES (1, CAST(10 AS BIGINT), 1.50, 2.5e0, 'a', 'k1', TRUE), (2, 20, 2.25, 3.5e0, 'b', 'k2', FALSE), (CAST(NULL AS INT), CAST(NULL AS BIGINT), CAST(NULL AS DECIMAL(3, 2)), CAST(NULL AS DOUBLE), CAST(NULL AS STRING), 'k3', CAST(NULL AS BOOLEAN)), (4, 20, 2.25, -1e0, 'a', 'k1', TRUE), (-7, 9007199254740993, -9.99, 1e10, 'ü', 'k4', TRUE)) AS T(i, b, d, f, s, k, t)"

/** Which rows. */
export const aggregateConditions: ReadonlyArray<string> = [
  "TRUE",
  "i > 0",
  "k = 'k1'",
  "k = 'k3'",
  "i = 2 OR i IS NULL"
]

const numbers = ["i", "b", "d", "f"]

/** The calls. */
export const aggregateCalls: ReadonlyArray<string> = [
  "COUNT(*)",
  "COUNT(s)",
  "COUNT(DISTINCT s)",
  "COUNT(i, s)",
  "COUNT(1) FILTER (WHERE t)",
  ...["SUM", "AVG", "MIN", "MAX", "VAR_POP", "VAR_SAMP", "VARIANCE", "STDDEV_POP", "STDDEV_SAMP"]
    .flatMap((name) => numbers.map((column) => `${name}(${column})`)),
  ...["SUM", "AVG", "COUNT"].flatMap((name) =>
    ["b", "d"].map((column) => `${name}(DISTINCT ${column})`)
  ),
  "MIN(s)",
  "MAX(s)",
  "MAX(t)",
  "LISTAGG(s)",
  "LISTAGG(s, '-')",
  "LISTAGG(DISTINCT s)",
  "LISTAGG(s) FILTER (WHERE t)",
  "FIRST_VALUE(s)",
  "LAST_VALUE(s)",
  "LAST_VALUE(i)",
  "COLLECT(i)",
  "COLLECT(DISTINCT b)",
  "COLLECT(s)",
  "ARRAY_AGG(s)",
  "ARRAY_AGG(s IGNORE NULLS)",
  "ARRAY_AGG(DISTINCT b)",
  "ARRAY_AGG(i) FILTER (WHERE t)",
  "JSON_ARRAYAGG(s)",
  "JSON_ARRAYAGG(s NULL ON NULL)",
  "JSON_ARRAYAGG(d)",
  "JSON_OBJECTAGG(KEY k VALUE s)",
  "JSON_OBJECTAGG(k VALUE i ABSENT ON NULL)",
  "PERCENTILE(i, 0.5)",
  "PERCENTILE(f, 0.25)",
  "PERCENTILE(d, ARRAY[0.0, 0.3, 1.0])",
  "PERCENTILE(b, 0.5, 3)"
]
