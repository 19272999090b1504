/**
 * How one tool writes changes as JSON, as data: the names of the envelope's fields, what its operations do, what else it tells. The
 * decoder and encoder of all changelog formats are made from this.
 */
import type { LogicalType } from "@millrace/core/internal"

type Type = LogicalType.LogicalType

/** What a record does: rows are added, replaced, removed; or it is about something else. */
export type Action = "insert" | "update" | "delete" | "skip"

/** How the value of an envelope's field becomes that of a metadata column. */
export type Conversion =
  | { readonly kind: "same" }
  /** A count since 1970, of so many millis each. */
  | { readonly kind: "epoch"; readonly unitMillis: number }
  /** A date and time as text; `separator` is the byte between them. */
  | { readonly kind: "timestamp"; readonly separator: number }
  /** An entry of a map of texts; `millis`: it is a count of millis since 1970. */
  | { readonly kind: "entry"; readonly key: string; readonly millis: boolean }

/** One readable metadata key. */
export interface EnvelopeMetadata {
  readonly type: Type
  /** The envelope's field that it is made of. */
  readonly field: string
  readonly fieldType: Type
  /** Whether the field stands beside the payload when the schema is included. */
  readonly outside: boolean
  readonly conversion: Conversion
}

/** See the head of this file. */
export interface Dialect {
  readonly identifier: string
  /** As in `the Debezium record`. */
  readonly title: string
  /** The field that names the operation. */
  readonly operation: string
  readonly actions: Readonly<Record<string, Action>>
  /** The field with the rows as they are now. */
  readonly current: string
  /** The field with the rows as they were. */
  readonly previous: string
  /**
   * `whole`: the row before is all there, and a deleted row stands there too. `changed`: only its fields that differ are there, and a
   * deleted row stands in `current`.
   */
  readonly before: "whole" | "changed"
  /** Whether `current` and `previous` are arrays of rows. */
  readonly lists: boolean
  readonly metadata: Readonly<Record<string, EnvelopeMetadata>>
  /** What is written for a row that comes, and one that goes. */
  readonly written: { readonly insert: string; readonly delete: string }
}

const same: Conversion = { kind: "same" }

/** A metadata key whose value is that of the field `field`. */
export function plainMetadata(field: string, type: Type): EnvelopeMetadata {
  return { type, field, fieldType: type, outside: false, conversion: same }
}

const bigint: Type = { kind: "BIGINT", nullable: true }

/** TIMESTAMP_LTZ. */
export function localTimestamp(precision: number): Type {
  return { kind: "TIMESTAMP_LTZ", nullable: true, precision }
}

/** A metadata key of time, from a count since 1970. */
export function epochMetadata(field: string, unitMillis: number): EnvelopeMetadata {
  const conversion: Conversion = { kind: "epoch", unitMillis }
  return { type: localTimestamp(3), field, fieldType: bigint, outside: false, conversion }
}
