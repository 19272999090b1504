/** What a user may write as `path`: a plain path, or a `file:` URL. Other schemes are refused by name. */
import { resolve } from "node:path"

/** The path on this machine. Throws a string that says what is wrong. */
export function localPath(text: string): string {
  if (text.includes("\0")) throw "it contains a NUL character"
  if (text.trim() === "") throw "it is empty"
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/{0,3}/.exec(text)
  // one letter is a drive, not a scheme
  if (scheme === null || scheme[1]!.length === 1) return trimSlash(text)
  if (scheme[1]!.toLowerCase() !== "file") {
    throw `the scheme "${scheme[1]}" is not supported; this connector reads and writes local files`
  }
  const match = /^file:(?:\/\/(?:localhost)?)?(\/[^/].*|\/)$/i.exec(text)
  if (match === null) throw "a file URL has the form file:///absolute/path"
  return trimSlash(match[1]!)
}

function trimSlash(path: string): string {
  return path.length > 1 ? path.replace(/(?<=.)\/+$/, "") : path
}

/** The absolute form, for messages and patterns. */
export function absolute(path: string): string {
  return resolve(path)
}

/** The last name of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1)
}
