/** Calls to record: CAST, TRY_CAST, TYPEOF. */
import type { Case } from "../function-case.ts"

const kinds = [
  "BOOLEAN",
  "TINYINT",
  "SMALLINT",
  "INT",
  "BIGINT",
  "FLOAT",
  "DOUBLE",
  "DECIMAL(5, 2)",
  "DECIMAL(38, 10)",
  "CHAR(3)",
  "VARCHAR(4)",
  "STRING"
]
const times = [
  "DATE",
  "TIME",
  "TIME(3)",
  "TIMESTAMP(0)",
  "TIMESTAMP(3)",
  "TIMESTAMP(9)",
  "TIMESTAMP_LTZ(3)",
  "STRING",
  "VARCHAR(10)"
]
const words = [
  "'12'",
  "' 12 '",
  "'-1.5'",
  "'1e3'",
  "'abc'",
  "''",
  "'true'",
  "'F'",
  "'yes'",
  "'999999999999'",
  "'NaN'",
  "'Infinity'",
  "'0x10'",
  "'١'",
  "'.5'",
  "'5.'",
  "CAST(NULL AS STRING)"
]
const stamps = [
  "'2020-02-29'",
  "'2020-02-29 12:34:56'",
  "'2020-02-29T12:34:56.789'",
  "'12:34:56'",
  "'12:34:56.789'",
  "'2020-2-9'",
  "'2021-02-29'",
  "'2020-02-29 24:00:00'",
  "' 2020-02-29 '",
  "'2020-02-29 12:34:56.123456789'",
  "'2020-02'",
  "'nothing'",
  "'12:34'"
]

/** Templates. */
export const conversion: ReadonlyArray<Case> = [
  ...kinds.flatMap((
    kind
  ) => [...words.map((word) => `TRY_CAST(${word} AS ${kind})`), `CAST($number AS ${kind})`]),
  ...["TINYINT", "INT", "DECIMAL(5, 2)", "STRING", "DOUBLE", "BOOLEAN"].flatMap((
    kind
  ) => [
    `CAST($decimal AS ${kind})`,
    `CAST($boolean AS ${kind})`,
    `CAST($double AS ${kind})`,
    `CAST($bigint AS ${kind})`
  ]),
  ...["'1'", "'x'", "''", "'1.9'", "'-129'"].flatMap((
    word
  ) => [
    `CAST(${word} AS INT)`,
    `CAST(${word} AS TINYINT)`,
    `CAST(${word} AS DOUBLE)`,
    `CAST(${word} AS BOOLEAN)`,
    `CAST(${word} AS DECIMAL(3, 1))`
  ]),
  ...times.flatMap((
    kind
  ) => [
    ...stamps.map((stamp) => `TRY_CAST(${stamp} AS ${kind})`),
    `CAST($timestamp AS ${kind})`,
    `CAST($date AS ${kind})`,
    `CAST($ltz AS ${kind})`,
    `CAST($time AS ${kind})`
  ]),
  "CAST($dayInterval AS STRING)",
  "CAST($monthInterval AS STRING)",
  "CAST($dayInterval AS BIGINT)",
  "CAST($monthInterval AS INT)",
  "CAST(5 AS INTERVAL DAY)",
  "CAST(5 AS INTERVAL MONTH)",
  "CAST($binary AS STRING)",
  "CAST($text AS BYTES)",
  "CAST($text AS BINARY(2))",
  "CAST($binary AS BINARY(2))",
  "CAST($binary AS VARBINARY(1))",
  "CAST(ARRAY[1, 2] AS ARRAY<STRING>)",
  "CAST(ARRAY['1', 'x'] AS ARRAY<INT>)",
  "TRY_CAST(ARRAY['1', 'x'] AS ARRAY<INT>)",
  "CAST(MAP['a', 1] AS MAP<STRING, DOUBLE>)",
  "CAST(ROW(1, 'a') AS ROW<x BIGINT, y STRING>)",
  "CAST(ROW(1, 'a') AS STRING)",
  "CAST(MAP['a', 1] AS STRING)",
  "CAST(ARRAY[1.5, NULL] AS STRING)",
  "CAST(ARRAY[ROW(1, TRUE)] AS STRING)",
  "CAST(MULTISET['a', 'b', 'a'] AS STRING)",
  "CAST(ROW(ARRAY[1], MAP['k', DATE '2020-01-01']) AS STRING)",
  "CAST(ROW(CAST(NULL AS INT), '') AS STRING)",
  "CAST(ARRAY[TIMESTAMP '2020-01-01 00:00:00.100'] AS STRING)",
  "TYPEOF($number)",
  "TYPEOF($text)",
  "TYPEOF($timestamp)",
  "TYPEOF($intArray)",
  "TYPEOF($map)",
  "TYPEOF(ROW(1, 'a'))",
  "TYPEOF($dayInterval)",
  "TYPEOF($monthInterval)",
  "TYPEOF(NULL)",
  "TYPEOF($ltz)",
  "TYPEOF(1 + 1.5)",
  "TYPEOF('a', TRUE)",
  "TYPEOF(CAST(ROW(1, 'a') AS ROW<f0 INT, `f 1` STRING NOT NULL>))",
  "TYPEOF(MULTISET[1])",
  "TYPEOF($binary)",
  "TYPEOF($time)",
  "TYPEOF($date)",
  "TYPEOF($boolean)"
]
