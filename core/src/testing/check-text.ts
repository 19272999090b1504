/** Values as texts that are equal when the values are, and values that nobody can change. */

/** A text for any value that streams carry: keys in order, and each type told apart. */
export function textOf(value: unknown): string {
  switch (typeof value) {
    case "bigint":
      return `${value}n`
    case "number":
      return Object.is(value, -0) ? "-0" : String(value)
    case "string":
      return JSON.stringify(value)
    case "object":
      return value === null ? "null" : objectText(value)
    default:
      return String(value)
  }
}

function objectText(value: object): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(", ")}]`
  if (value instanceof Date) return `Date(${value.getTime()})`
  if (value instanceof Uint8Array) return `bytes(${[...value].join(" ")})`
  if (value instanceof Map) {
    return `Map{${[...value].map(([k, v]) => `${textOf(k)}: ${textOf(v)}`).sort().join(", ")}}`
  }
  if (value instanceof Set) return `Set{${[...value].map(textOf).sort().join(", ")}}`
  const fields = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1)
  return `{${fields.map(([name, field]) => `${name}: ${textOf(field)}`).join(", ")}}`
}

/** The same value, frozen through and through: a job that changes what it was given fails at the place. */
export function freeze<A>(value: A): A {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value
  if (Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const part of Object.values(value)) freeze(part)
  return value
}
