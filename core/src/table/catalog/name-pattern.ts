/** The pattern of SHOW … LIKE: `%` any text, `_` one character, everything else itself. */

/** Whether a name fits the pattern; `ignoreCase` for ILIKE. Linear in name × pattern. */
export function fitsPattern(name: string, pattern: string, ignoreCase: boolean): boolean {
  const text = [...ignoreCase ? name.toLowerCase() : name]
  const parts = [...ignoreCase ? pattern.toLowerCase() : pattern]
  let reached = new Set([0])
  for (const part of parts) {
    const next = new Set<number>()
    for (const at of reached) {
      if (part === "%") { for (let to = at; to <= text.length; to++) next.add(to) }
      else if (at < text.length && (part === "_" || part === text[at])) next.add(at + 1)
    }
    reached = next
  }
  return reached.has(text.length)
}
