/**
 * Path patterns: `*` and `?` within a name, `**` for any number of directories, `{a,b}`, `[a-z]`, `[!a-z]`, `\` before a letter
 * that stands for itself. One pattern part is matched against one name; no part matches a hidden name unless it begins with a dot.
 */

/** Whether a path has a pattern in it. */
export function isPattern(path: string): boolean {
  return /[*?[{]/.test(path)
}

/** The part of a pattern, up to and without the first name with a wildcard: the directory where the search begins. */
export function splitPattern(
  path: string
): { readonly root: string; readonly parts: ReadonlyArray<string> } {
  const parts = path.split("/")
  const at = parts.findIndex(isPattern)
  const root = parts.slice(0, at).join("/")
  return { root: root === "" ? (path.startsWith("/") ? "/" : ".") : root, parts: parts.slice(at) }
}

/** A test for one name of a path. Throws a string that says what is wrong with the pattern. */
export function compilePart(part: string): (name: string) => boolean {
  let source = ""
  let depth = 0
  for (let i = 0; i < part.length; i++) {
    const letter = part[i]!
    if (letter === "*") source += "[^/]*"
    else if (letter === "?") source += "[^/]"
    else if (letter === "{") {
      depth++
      source += "(?:"
    } else if (letter === "}" && depth > 0) {
      depth--
      source += ")"
    } else if (letter === "," && depth > 0) source += "|"
    else if (letter === "[") {
      const end = part.indexOf("]", i + 2)
      if (end < 0) throw `"[" has no "]"`
      const negated = part[i + 1] === "!" || part[i + 1] === "^"
      const body = part.slice(i + (negated ? 2 : 1), end)
      source += `[${negated ? "^" : ""}${body.replace(/[\\\]^[]/g, "\\$&")}]`
      i = end
    } else {
      const literal = letter === "\\" && i + 1 < part.length ? part[++i]! : letter
      source += literal.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")
    }
  }
  if (depth > 0) throw `"{" has no "}"`
  const expression = compile(source)
  const hidden = part.startsWith(".") || part.startsWith("_")
  return (name) => (hidden || !/^[._]/.test(name)) && expression.test(name)
}

function compile(source: string): RegExp {
  try {
    return new RegExp(`^${source}$`, "u")
  } catch {
    throw "a range between [ and ] is wrong"
  }
}
