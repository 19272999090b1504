/** Prints rows of a query or of SHOW, DESCRIBE and EXPLAIN: as a table, as JSON lines or as CSV. */

/** The ways to print. */
export type OutputForm = "table" | "json" | "csv"

/** The most rows that a table holds back to find its column widths; later rows are printed with those widths. */
const widthRows = 1000

/** Collects rows and writes them by `write`. Bounded: a table holds at most {@link widthRows} rows. */
export class TableOutput {
  private readonly columns: ReadonlyArray<string>
  private readonly form: OutputForm
  private readonly write: (text: string) => void
  private readonly literals: ReadonlyArray<boolean>
  private held: Array<ReadonlyArray<string | null>> = []
  private widths: ReadonlyArray<number> | undefined = undefined
  private rows = 0

  /** `literals`: the columns whose texts are numbers and booleans, which JSON has without quotes; none unless given. */
  constructor(
    columns: ReadonlyArray<string>,
    form: OutputForm,
    write: (text: string) => void,
    literals: ReadonlyArray<boolean> = []
  ) {
    this.columns = columns
    this.form = form
    this.write = write
    this.literals = literals
    if (form === "csv") write(columns.map(quoteCsv).join(",") + "\n")
  }

  /** Print, or hold, one row. */
  row(values: ReadonlyArray<string | null>): void {
    this.rows++
    if (this.form === "csv") {
      this.write(values.map((value) => value === null ? "" : quoteCsv(value)).join(",") + "\n")
    } else if (this.form === "json") {
      const fields = this.columns.map((name, i) =>
        `${JSON.stringify(name)}:${json(values[i] ?? null, this.literals[i] === true)}`
      )
      this.write(`{${fields.join(",")}}\n`)
    } else if (this.widths !== undefined) this.write(line(values, this.widths))
    else {
      this.held.push(values)
      if (this.held.length === widthRows) this.settle()
    }
  }

  /** Print what is held; rows that come later are printed as they come, with the widths found so far. */
  flush(): void {
    if (this.form === "table" && this.widths === undefined) this.settle()
  }

  /** Print what is held and the number of rows. */
  end(): void {
    if (this.form !== "table") return
    this.flush()
    this.write(rule(this.widths!) + `${this.rows} ${this.rows === 1 ? "row" : "rows"}\n`)
  }

  private settle(): void {
    const all = [this.columns, ...this.held]
    this.widths = this.columns.map((_, i) =>
      Math.max(...all.map((row) => cell(row[i] ?? null).length))
    )
    this.write(rule(this.widths) + line(this.columns, this.widths) + rule(this.widths))
    for (const row of this.held) this.write(line(row, this.widths))
    this.held = []
  }
}

/** A text as JSON. Of a literal column NaN and Infinity keep their quotes, as JSON has no such numbers. */
function json(text: string | null, literal: boolean): string {
  if (text === null) return "null"
  if (!literal) return JSON.stringify(text)
  const lower = text.toLowerCase()
  return /^(true|false|-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?)$/.test(lower)
    ? lower
    : JSON.stringify(text)
}

function cell(value: string | null): string {
  return value ?? "NULL"
}

function line(values: ReadonlyArray<string | null>, widths: ReadonlyArray<number>): string {
  return `| ${widths.map((width, i) => cell(values[i] ?? null).padEnd(width)).join(" | ")} |\n`
}

function rule(widths: ReadonlyArray<number>): string {
  return `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+\n`
}

function quoteCsv(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
