/**
 * How the records of a stream look: which fields in which order, and the bytes between the values. A scanner is generated for one
 * shape; it is the plain one of the table until the records turn out to look otherwise.
 */
import type { RowTarget, Target } from "./target.ts"
import { Tokens } from "./tokens.ts"

/** The fields of an object as they follow each other. */
export interface Shape {
  readonly fields: ReadonlyArray<ShapeField>
  /** The bytes from the end of the last value to the end of the object: `}`, after white space. */
  readonly tail: Uint8Array
}

/** One field of a {@link Shape}. */
export interface ShapeField {
  /** Index of the field in the row, or -1 for one that the table has not. */
  readonly index: number
  /** The bytes from the end of the value before to the beginning of this one: `,"name":`. */
  readonly lead: Uint8Array
  /** When the value is an object that is looked into. */
  readonly inner: Shape | undefined
}

/** White space of a way of writing JSON, by the token that it follows. */
interface Style {
  readonly open: ReadonlyArray<number>
  readonly comma: ReadonlyArray<number>
  readonly colon: ReadonlyArray<number>
  readonly close: ReadonlyArray<number>
}

/** A shape has at most this many fields in all; objects beyond are passed as a whole. */
const fieldsMax = 400
/** Leads longer than this are not learned: a scanner's text stays small. */
const leadBytesMax = 256

const plainStyle: Style = { open: [], comma: [], colon: [], close: [] }

interface Budget {
  left: number
}

/** The shape of a table's records as this project and most others write them: no white space, the order of the schema. */
export function plainShape(row: RowTarget): Shape {
  return styledShape(row, plainStyle, { left: fieldsMax })
}

function styledShape(row: RowTarget, style: Style, budget: Budget): Shape {
  budget.left -= row.fields.length
  const fields = row.fields.map((field, index) => {
    const before = index === 0 ? [123, ...style.open] : [44, ...style.comma]
    const lead = Uint8Array.from([...before, 34, ...row.keys[index]!, 34, 58, ...style.colon])
    return { index, lead, inner: innerOf(field, style, budget) }
  })
  return { fields, tail: Uint8Array.from([...style.close, 125]) }
}

function innerOf(target: Target, style: Style, budget: Budget): Shape | undefined {
  return target.row !== undefined && target.row.absent === undefined && budget.left > 0
    ? styledShape(target.row, style, budget)
    : undefined
}

/**
 * The shape of a good record `bytes[start … end)`. Undefined when none is worth a scanner: the record is no object, or a field comes twice.
 */
export function learnShape(
  row: RowTarget,
  bytes: Uint8Array,
  start: number,
  end: number
): Shape | undefined {
  const tokens = new Tokens()
  tokens.reset(bytes, start, end)
  if (bytes[start] !== 123) return undefined
  return learnObject(row, tokens, plainStyle, { left: fieldsMax })
}

function learnObject(
  row: RowTarget,
  tokens: Tokens,
  around: Style,
  budget: Budget
): Shape | undefined {
  const fields: Array<ShapeField> = []
  const seen = new Set<number>()
  let style = around
  let from = tokens.at
  tokens.at++
  while (tokens.space() !== 125) {
    if (tokens.peek() === 44) {
      tokens.at++
      tokens.space()
    }
    const key = tokens.at
    tokens.string()
    const index = row.indexes.get(tokens.text(key, tokens.at, tokens.escaped)) ?? -1
    tokens.space()
    tokens.at++
    const colon = tokens.at
    tokens.space()
    const lead = tokens.bytes.slice(from, tokens.at)
    if ((index >= 0 && seen.has(index)) || lead.length > leadBytesMax || --budget.left < 0) {
      return undefined
    }
    seen.add(index)
    const gap = [...tokens.bytes.subarray(colon, tokens.at)]
    const before = [...tokens.bytes.subarray(from + 1, key)]
    style = { ...style, colon: gap, [fields.length === 0 ? "open" : "comma"]: before }
    const target = row.fields[index]
    const object = target?.row !== undefined && target.row.absent === undefined &&
      tokens.peek() === 123
    const inner = object ? learnObject(target.row, tokens, style, budget) : undefined
    if (object && inner === undefined) return undefined
    if (!object) tokens.skip(1)
    fields.push({ index, lead, inner })
    from = tokens.at
  }
  tokens.at++
  const tail = tokens.bytes.slice(from, tokens.at)
  if (fields.length === 0) return { fields, tail }
  const rest = { ...style, close: [...tail.subarray(0, -1)] }
  return { fields: fields.map((field) => withInner(row, field, rest, budget)), tail }
}

/** What was null in the sample is expected in the order of the schema and in the sample's style. */
function withInner(row: RowTarget, field: ShapeField, style: Style, budget: Budget): ShapeField {
  const target = row.fields[field.index]
  return field.inner !== undefined || target === undefined
    ? field
    : { ...field, inner: innerOf(target, style, budget) }
}
