/** What can be wrong with a CSV file as a whole, or with a value that has no CSV form. */
import { Fault, type FaultClass } from "@millrace/core/internal"

interface HeaderFields {
  readonly missing: ReadonlyArray<string>
  readonly found: ReadonlyArray<string>
}

const HeaderBase: FaultClass<"CsvHeader", HeaderFields> = Fault<HeaderFields>()(
  "CsvHeader",
  "user",
  "never"
)

function quotedList(names: ReadonlyArray<string>): string {
  return names.slice(0, 20).map((name) => `'${name.slice(0, 60)}'`).join(", ") +
    (names.length > 20 ? ", …" : "")
}

/** The header line lacks columns of the table. */
export class CsvHeader extends HeaderBase {
  override get message(): string {
    return `Cannot read CSV by its header: it names no column ${quotedList(this.missing)}, only ${
      quotedList(this.found)
    }. Name the table's columns as the file does, or set 'millrace.csv.header' to 'false'`
  }
}

const UnquotedBase: FaultClass<"CsvUnquoted", { column: string }> = Fault<{ column: string }>()(
  "CsvUnquoted",
  "user",
  "never"
)

/** A text holds a delimiter or line feed, and there is neither quote nor escape character to say so. */
export class CsvUnquoted extends UnquotedBase {
  override get message(): string {
    return `Cannot write column "${this.column}" as CSV: a value holds the delimiter or ends the line, and quotes are disabled. Enable them or set 'csv.escape-character'`
  }
}
