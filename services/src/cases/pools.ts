/** Argument values for recorded calls, as Flink SQL. A template's `$name` stands for one of the pool's values. */

const strings = [
  "CAST(NULL AS STRING)",
  "''",
  "'a'",
  "'Hello World'",
  "'Straße'",
  "'日本語テキスト'",
  "'a😀b'",
  "'  padded '",
  "CAST('abcabc' AS STRING)",
  "'12345'",
  "'it''s'",
  "CAST('x' AS VARCHAR(10))"
]

const integers = [
  "CAST(NULL AS INT)",
  "0",
  "1",
  "2",
  "3",
  "-1",
  "-3",
  "7",
  "100",
  "2147483647",
  "CAST(-2147483648 AS INT)"
]

const numbers = [
  "CAST(NULL AS DOUBLE)",
  "0",
  "CAST(-0e0 AS DOUBLE)",
  "1",
  "-1",
  "0.5",
  "-2.50",
  "CAST(127 AS TINYINT)",
  "CAST(-32768 AS SMALLINT)",
  "2147483647",
  "9223372036854775807",
  "CAST(1.1 AS FLOAT)",
  "1.5e0",
  "-3.7e0",
  "1e308",
  "123456789012345.678901",
  "CAST(99999999999999999999.999999999999999999 AS DECIMAL(38, 18))"
]

/** Values by name. */
export const pools: Readonly<Record<string, ReadonlyArray<string>>> = {
  text: strings,
  short: ["CAST(NULL AS STRING)", "''", "'a'", "'b'", "'l'", "'本'", "'😀'", "'bc'", "' '", "'ab'"],
  int: integers,
  small: ["CAST(NULL AS INT)", "0", "1", "2", "3", "4", "-1", "-2", "10"],
  number: numbers,
  tinyint: [
    "CAST(NULL AS TINYINT)",
    "CAST(0 AS TINYINT)",
    "CAST(127 AS TINYINT)",
    "CAST(-128 AS TINYINT)",
    "CAST(3 AS TINYINT)"
  ],
  smallint: [
    "CAST(NULL AS SMALLINT)",
    "CAST(32767 AS SMALLINT)",
    "CAST(-32768 AS SMALLINT)",
    "CAST(-7 AS SMALLINT)"
  ],
  bigint: [
    "CAST(NULL AS BIGINT)",
    "CAST(0 AS BIGINT)",
    "9223372036854775807",
    "CAST(-9223372036854775807 AS BIGINT)",
    "CAST(12 AS BIGINT)",
    "4503599627370497"
  ],
  decimal: [
    "CAST(NULL AS DECIMAL(10, 2))",
    "0.00",
    "1.005",
    "-12.50",
    "99999999.99",
    "12345678901234567890.123456789012345678",
    "CAST(3 AS DECIMAL(38, 0))",
    "0.000000000000000001",
    "CAST(7.7 AS DECIMAL(4, 1))"
  ],
  double: [
    "CAST(NULL AS DOUBLE)",
    "0e0",
    "1e0",
    "-1e0",
    "0.5e0",
    "1.5e0",
    "-2.5e0",
    "1e-10",
    "1e10",
    "3.141592653589793e0",
    "1e300"
  ],
  float: [
    "CAST(NULL AS FLOAT)",
    "CAST(1.1 AS FLOAT)",
    "CAST(-0.25 AS FLOAT)",
    "CAST(16777217 AS FLOAT)"
  ],
  boolean: ["CAST(NULL AS BOOLEAN)", "TRUE", "FALSE"],
  date: [
    "CAST(NULL AS DATE)",
    "DATE '2020-02-29'",
    "DATE '1970-01-01'",
    "DATE '1969-12-31'",
    "DATE '2021-01-03'",
    "DATE '1900-02-28'",
    "DATE '2000-12-31'",
    "DATE '0001-01-01'",
    "DATE '9999-12-31'",
    "DATE '2024-12-30'"
  ],
  time: [
    "CAST(NULL AS TIME)",
    "TIME '00:00:00'",
    "TIME '23:59:59'",
    "TIME '12:34:56.789'",
    "TIME '01:02:03'"
  ],
  timestamp: [
    "CAST(NULL AS TIMESTAMP(3))",
    "TIMESTAMP '2020-02-29 23:59:59'",
    "TIMESTAMP '1970-01-01 00:00:00.001'",
    "TIMESTAMP '1969-12-31 23:59:59.999'",
    "TIMESTAMP '2021-03-28 02:30:00.123'",
    "TIMESTAMP '2021-10-31 02:30:00'",
    "TIMESTAMP '2024-12-30 12:34:56.789012'",
    "TIMESTAMP '1582-10-20 11:11:11'",
    "TIMESTAMP '9999-12-31 23:59:59.999999999'"
  ],
  ltz: [
    "CAST(NULL AS TIMESTAMP_LTZ(3))",
    "TO_TIMESTAMP_LTZ(0, 3)",
    "TO_TIMESTAMP_LTZ(1616891400123, 3)",
    "TO_TIMESTAMP_LTZ(-1, 3)",
    "TO_TIMESTAMP_LTZ(1635641999, 0)",
    "CAST(TIMESTAMP '2024-02-29 01:02:03.456789' AS TIMESTAMP_LTZ(6))"
  ],
  dayInterval: [
    "INTERVAL '1' DAY",
    "INTERVAL '-3 04:05:06' DAY TO SECOND",
    "INTERVAL '90' MINUTE",
    "INTERVAL '1.5' SECOND",
    "INTERVAL '25' HOUR"
  ],
  monthInterval: [
    "INTERVAL '1' MONTH",
    "INTERVAL '-2-03' YEAR TO MONTH",
    "INTERVAL '13' MONTH",
    "INTERVAL '1' YEAR"
  ],
  binary: [
    "CAST(NULL AS BYTES)",
    "X''",
    "X'00'",
    "X'48656c6c6f'",
    "X'ff00fe'",
    "ENCODE('Straße', 'UTF-8')"
  ],
  intArray: [
    "CAST(NULL AS ARRAY<INT>)",
    "ARRAY[1, 2, 3]",
    "ARRAY[3, 1, 2, 1]",
    "ARRAY[1, CAST(NULL AS INT), 2, CAST(NULL AS INT)]",
    "ARRAY[5]",
    "ARRAY[-1, 2147483647]",
    "CAST(ARRAY[] AS ARRAY<INT>)"
  ],
  textArray: [
    "CAST(NULL AS ARRAY<STRING>)",
    "ARRAY['b', 'a', 'c']",
    "ARRAY['x', CAST(NULL AS STRING), 'x']",
    "ARRAY['日本', '', 'a😀']"
  ],
  map: [
    "CAST(NULL AS MAP<STRING, INT>)",
    "MAP['a', 1, 'b', 2]",
    "MAP['k', CAST(NULL AS INT)]",
    "MAP['a', 10, 'a', 20]",
    "MAP['z', 26]"
  ],
  json: [
    "CAST(NULL AS STRING)",
    '\'{"a": 1, "b": [1, 2, {"c": "x"}], "d": null, "e": {"f": true}}\'',
    '\'[1, "two", null, {"a": 3.50}]\'',
    "'\"text\"'",
    "'12.340'",
    "'not json'",
    "''",
    '\'{"a": "日本\\u00e9"}\''
  ],
  path: [
    "'$'",
    "'$.a'",
    "'lax $.b[2].c'",
    "'strict $.x'",
    "'$.b[*]'",
    "'$.e'",
    "'$[1]'",
    "'$.d'",
    "'lax $.x.y'"
  ]
}
