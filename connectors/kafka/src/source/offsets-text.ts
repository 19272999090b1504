/** The text form of offsets per partition: `partition:0,offset:42;partition:1,offset:300`. */

/** Offsets by partition; a string says what is wrong. */
export function parseOffsets(key: string, text: string): ReadonlyMap<number, number> | string {
  const found = new Map<number, number>()
  const wrong = `Invalid properties '${key}' should follow the format ` +
    `'partition:0,offset:42;partition:1,offset:300', but is '${text}'`
  const parts = text.split(";").map((part) => part.trim()).filter((part) => part !== "")
  for (const part of parts) {
    const match = /^partition:(\d{1,9})\s*,\s*offset:(\d{1,15})$/.exec(part)
    if (match === null) return wrong
    found.set(Number(match[1]), Number(match[2]))
  }
  return found.size === 0 ? wrong : found
}
