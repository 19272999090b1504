/** One column to raw bytes. NULL is written as nothing; a connector with tombstones looks at the column itself. */
import {
  type Batch,
  type ByteSink,
  type Column,
  decodeUtf8,
  Fault,
  type FaultClass,
  type LogicalType,
  type RowEncoder,
  writeByte,
  writeBytes
} from "@millrace/core/internal"
import type { RawReading } from "./decoder.ts"

const CharacterBase: FaultClass<"RawCharacter", { column: string; reason: string }> = Fault<
  { column: string; reason: string }
>()("RawCharacter", "user", "never")

/** A text has a character that the charset does not have. */
export class RawCharacter extends CharacterBase {
  override get message(): string {
    return `Cannot write column "${this.column}" in the charset of 'raw.charset': it has no ${this.reason}. Use 'UTF-8'`
  }
}

/** Encodes the one column of a table. */
export class RawEncoder implements RowEncoder {
  private readonly type: LogicalType.LogicalType
  private readonly name: string
  private readonly reading: RawReading
  private readonly scratch: DataView = new DataView(new ArrayBuffer(8))
  private readonly lineEnd: Uint8Array

  constructor(physical: LogicalType.RowType, reading: RawReading) {
    this.type = physical[0]!.type
    this.name = physical[0]!.name
    this.reading = reading
    const { charset, delimiter } = reading
    const text = this.type.kind === "CHAR" || this.type.kind === "VARCHAR"
    this.lineEnd = delimiter ??
      (text ? charset.encode?.("\n").slice(-charset.unitBytes) : undefined) ?? Uint8Array.of(10)
  }

  encodeRow(columns: ReadonlyArray<Column>, row: number, out: ByteSink): void {
    this.write(columns[0]!, row, out)
    const { delimiter } = this.reading
    if (delimiter !== undefined) writeBytes(out, delimiter, 0, delimiter.length)
  }

  encodeStream(batch: Batch, out: ByteSink): void {
    for (let row = 0; row < batch.rows; row++) {
      this.write(batch.columns[0]!, row, out)
      writeBytes(out, this.lineEnd, 0, this.lineEnd.length)
    }
  }

  private write(column: Column, row: number, out: ByteSink): void {
    if (column.nulls !== undefined && column.nulls[row] === 1) return
    if (this.type.kind === "BOOLEAN") return writeByte(out, column.values[row] as number)
    if (column.layout === "bytes") return this.writeText(column, row, out)
    const { scratch } = this
    const little = this.reading.littleEndian
    const value = column.values[row] as number | bigint
    switch (this.type.kind) {
      case "TINYINT":
        scratch.setInt8(0, Number(value))
        return this.copy(out, 1)
      case "SMALLINT":
        scratch.setInt16(0, Number(value), little)
        return this.copy(out, 2)
      case "INT":
        scratch.setInt32(0, Number(value), little)
        return this.copy(out, 4)
      case "BIGINT":
        scratch.setBigInt64(0, BigInt(value), little)
        return this.copy(out, 8)
      case "FLOAT":
        scratch.setFloat32(0, Number(value), little)
        return this.copy(out, 4)
      default:
        scratch.setFloat64(0, Number(value), little)
        return this.copy(out, 8)
    }
  }

  private copy(out: ByteSink, length: number): void {
    for (let i = 0; i < length; i++) writeByte(out, this.scratch.getUint8(i))
  }

  private writeText(column: Column, row: number, out: ByteSink): void {
    const { dictionary } = column
    const code = dictionary === undefined ? row : column.values[row] as number
    const { bytes, starts, lengths } = dictionary ?? column
    const text = this.type.kind === "CHAR" || this.type.kind === "VARCHAR"
    const { charset } = this.reading
    if (!text || charset.utf8) return writeBytes(out, bytes, starts[code]!, lengths[code]!)
    try {
      const encoded = charset.encode!(decodeUtf8(bytes, starts[code]!, lengths[code]!))
      writeBytes(out, encoded, 0, encoded.length)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw new RawCharacter({ column: this.name, reason: error.message })
    }
  }
}
