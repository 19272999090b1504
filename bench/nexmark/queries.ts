/** Nexmark's queries as scripts: the tables, what a query needs beside them, and where its rows go. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

/** The names of all queries. */
export const queries: ReadonlyArray<string> = Array.from({ length: 24 }, (_, i) => `q${i}`)

/** What a script is made for. */
export interface ScriptOptions {
  /** The folder with the events, as lines of JSON. */
  readonly events: string
  readonly mode: "streaming" | "batch"
  readonly parallelism: number
  /** `collect`: the query as it is; else the connector that its rows are written to. */
  readonly target: string
  /** Where checkpoints go, taken as often as is sensible in a test; absent: none is taken. */
  readonly checkpoints?: string
}

function file(name: string): string {
  return readFileSync(fileURLToPath(new URL(`sql/${name}.sql`, import.meta.url)), "utf8")
}

/** What a query needs beside the events. */
function needs(query: string, events: string): string {
  switch (query) {
    case "q13":
      return "CREATE TABLE side_input (`key` BIGINT, `value` STRING) " +
        `WITH ('connector' = 'filesystem', 'path' = '${events}/../side', 'format' = 'csv');`
    case "q14":
      return `CREATE FUNCTION count_char AS '${
        new URL("functions.ts", import.meta.url).href
      }#countChar';`
    default:
      return ""
  }
}

/** The script of a query. */
export function scriptOf(query: string, options: ScriptOptions): string {
  const body = file(query).replace(/^--.*\n/, "")
  const statement = options.target === "collect"
    ? body
    : `CREATE TABLE answer WITH ('connector' = '${options.target}') AS\n${body}`
  const checkpoints = options.checkpoints === undefined
    ? ""
    : `SET 'execution.checkpointing.interval' = '10 ms';
SET 'execution.checkpointing.dir' = '${options.checkpoints}';
SET 'restart-strategy.type' = 'none';`
  return `SET 'execution.runtime-mode' = '${options.mode}';
SET 'parallelism.default' = '${options.parallelism}';
SET 'pipeline.name' = 'nexmark-${query}';
${checkpoints}
${file("tables").replaceAll("${events}", options.events)}
${needs(query, options.events)}
${statement}`
}
