/**
 * SQL in two dialects at once: Flink's, which Millrace runs, and DuckDB's. What both write alike is one text; where they mean different things
 * the table {@link differences} says how each writes what Flink means. Nothing else may differ.
 */

/** A piece of SQL in both dialects. */
export interface Both {
  readonly flink: string
  readonly duck: string
}

/** The types that are tried. */
export type Kind = "INT" | "BIGINT" | "DECIMAL" | "STRING" | "BOOLEAN" | "TIMESTAMP" | "DOUBLE"

/** All kinds. */
export const kinds: ReadonlyArray<Kind> = [
  "INT",
  "BIGINT",
  "DECIMAL",
  "STRING",
  "BOOLEAN",
  "TIMESTAMP",
  "DOUBLE"
]

const flinkTypes: Readonly<Record<Kind, string>> = {
  INT: "INT",
  BIGINT: "BIGINT",
  DECIMAL: "DECIMAL(20, 2)",
  STRING: "STRING",
  BOOLEAN: "BOOLEAN",
  TIMESTAMP: "TIMESTAMP(3)",
  DOUBLE: "DOUBLE"
}

/** The type's name in each dialect. */
export function typeOf(kind: Kind): Both {
  const duck = kind === "STRING" ? "VARCHAR" : kind === "TIMESTAMP" ? "TIMESTAMP" : flinkTypes[kind]
  return { flink: flinkTypes[kind], duck }
}

/** Both dialects alike. */
export function same(text: string): Both {
  return { flink: text, duck: text }
}

/** A template over pieces: `sql\`${a} + ${b}\`` in both dialects. */
export function sql(texts: TemplateStringsArray, ...pieces: ReadonlyArray<Both | string>): Both {
  const write = (dialect: keyof Both): string =>
    texts.reduce((written, text, i) => {
      const piece = pieces[i - 1]!
      return written + (typeof piece === "string" ? piece : piece[dialect]) + text
    })
  return { flink: write("flink"), duck: write("duck") }
}

/** Pieces with something between. */
export function joined(pieces: ReadonlyArray<Both>, between: string): Both {
  return {
    flink: pieces.map((piece) => piece.flink).join(between),
    duck: pieces.map((piece) => piece.duck).join(between)
  }
}

/**
 * Where the dialects differ, with how each writes what Flink means:
 *
 * | what                        | Flink                            | DuckDB by itself            |
 * | --------------------------- | -------------------------------- | --------------------------- |
 * | SUM of INT, BIGINT          | keeps the type                   | HUGEINT                     |
 * | AVG of INT, BIGINT          | keeps the type, truncates        | DOUBLE                      |
 * | AVG of DECIMAL              | DECIMAL(38, 6), half up          | DOUBLE                      |
 * | FIRST_VALUE, LAST_VALUE     | pass over NULLs                  | do not                      |
 * | CAST of DECIMAL to integers | truncates                        | rounds                      |
 * | CAST of BOOLEAN to text     | TRUE, FALSE                      | true, false                 |
 * | FLOOR of a time             | FLOOR(x TO HOUR)                 | date_trunc                  |
 * | length of a text            | CHAR_LENGTH                      | length                      |
 * | windows                     | windowing table functions        | generate_series of starts   |
 * | the set () over no rows     | no row                           | one row                     |
 * | arrays                      | ARRAY[…]                         | […]                         |
 */
export const differences = {
  sum: (of: Both, kind: Kind): Both => ({
    flink: `SUM(${of.flink})`,
    duck: `CAST(SUM(${of.duck}) AS ${typeOf(kind).duck})`
  }),
  average: (of: Both, kind: Kind, over = ""): Both => {
    const sum = `SUM(${of.duck})${over}`
    const count = `COUNT(${of.duck})${over}`
    return {
      flink: `AVG(${of.flink})${over}`,
      duck: kind === "DOUBLE"
        ? `AVG(${of.duck})${over}`
        : `CAST(CAST(${sum} AS HUGEINT) // ${count} AS ${typeOf(kind).duck})`
    }
  },
  /** Fractions as whole numbers, as sums of them depend on their order. */
  rounded: (of: Both): Both => ({
    flink: `CAST(ROUND(${of.flink} * 10000, 0) AS BIGINT)`,
    duck: `CAST(round(${of.duck} * 10000) AS BIGINT)`
  }),
  pick: (name: "FIRST_VALUE" | "LAST_VALUE", of: Both): Both => ({
    flink: `${name}(${of.flink})`,
    duck: `${name}(${of.duck} IGNORE NULLS)`
  }),
  whole: (of: Both): Both => ({
    flink: `CAST(${of.flink} AS BIGINT)`,
    duck: `CAST(trunc(${of.duck}) AS BIGINT)`
  }),
  truth: (of: Both): Both => ({
    flink: `CAST(${of.flink} AS STRING)`,
    duck: `upper(CAST(${of.duck} AS VARCHAR))`
  }),
  hour: (of: Both): Both => ({
    flink: `FLOOR(${of.flink} TO HOUR)`,
    duck: `date_trunc('hour', ${of.duck})`
  }),
  length: (of: Both): Both => ({
    flink: `CHAR_LENGTH(${of.flink})`,
    duck: `CAST(length(${of.duck}) AS INTEGER)`
  }),
  array: (items: ReadonlyArray<Both>): Both => ({
    flink: `ARRAY[${items.map((item) => item.flink).join(", ")}]`,
    duck: `[${items.map((item) => item.duck).join(", ")}]`
  })
} as const
