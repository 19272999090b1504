/**
 * Which files a table's path stands for: a file, all files below a directory, or all that match a pattern, in the order of their
 * paths. Hidden files and directories (names that begin with `.` or `_`) do not count.
 */
import type { Disk, FileStat } from "@millrace/core/internal"
import { FilesystemFault } from "./fault.ts"
import { absolute, localPath, nameOf } from "./file-path.ts"
import { compilePart, isPattern, splitPattern } from "./glob.ts"

/** Directories nest at most so deep: a link that leads to its own parent ends there. */
const depthMax = 64

/** What is listed. */
export interface ListOptions {
  readonly table: string
  readonly path: string
  /** On the whole absolute path. */
  readonly pattern: RegExp | undefined
}

/** The files. Throws {@link FilesystemFault} when there is nothing at the path. */
export function listFiles(disk: Disk, options: ListOptions): ReadonlyArray<FileStat> {
  const path = checkedPath(options, "read")
  const found: Array<FileStat> = []
  const stat = disk.stat(path)
  if (stat !== undefined) {
    if (stat.directory) walk(disk, stat.path, 0, found, options)
    else found.push(stat)
  } else if (isPattern(path)) {
    const { root, parts } = splitPattern(path)
    if (disk.stat(root)?.directory !== true) throw missing(options, root)
    expand(disk, root, parts, 0, found, options)
    if (found.length === 0) throw missing(options, path)
  } else {
    throw missing(options, path)
  }
  const { pattern } = options
  const wanted = pattern === undefined
    ? found
    : found.filter((file) => pattern.test(absolute(file.path)))
  const byPath = new Map(wanted.map((file) => [file.path, file]))
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** The path as the disk takes it. Throws {@link FilesystemFault}. */
export function checkedPath(
  options: { readonly table: string; readonly path: string },
  action: "read" | "write"
): string {
  try {
    return localPath(options.path)
  } catch (problem) {
    if (typeof problem !== "string") throw problem
    throw new FilesystemFault({
      table: options.table,
      action: `${action} the path`,
      path: options.path,
      detail: problem
    })
  }
}

function missing(options: ListOptions, path: string): FilesystemFault {
  const where = path.startsWith("/") ? "" : ` (working directory "${absolute(".")}")`
  const detail = isPattern(path)
    ? `no file matches this pattern${where}`
    : `there is nothing at "${path}"${where}`
  return new FilesystemFault({
    table: options.table,
    action: "read the path",
    path: options.path,
    detail: `${detail}; check the option 'path'`
  })
}

function isHidden(path: string): boolean {
  return /^[._]/.test(nameOf(path))
}

function walk(
  disk: Disk,
  path: string,
  depth: number,
  found: Array<FileStat>,
  options: ListOptions
): void {
  if (depth > depthMax) {
    throw new FilesystemFault({
      table: options.table,
      action: "read the path",
      path: options.path,
      detail:
        `directories nest deeper than ${depthMax} at "${path}"; a link may lead to its own parent`
    })
  }
  for (const entry of disk.list(path)) {
    if (isHidden(entry.path)) continue
    if (entry.directory) walk(disk, entry.path, depth + 1, found, options)
    else found.push(entry)
  }
}

function expand(
  disk: Disk,
  path: string,
  parts: ReadonlyArray<string>,
  depth: number,
  found: Array<FileStat>,
  options: ListOptions
): void {
  const [part, ...rest] = parts
  if (part === undefined || depth > depthMax) return
  if (part === "**") {
    expand(disk, path, rest.length === 0 ? ["*"] : rest, depth + 1, found, options)
    for (const entry of disk.list(path)) {
      if (entry.directory && !isHidden(entry.path)) {
        expand(disk, entry.path, parts, depth + 1, found, options)
      }
    }
    return
  }
  const matches = compiled(part, options)
  for (const entry of disk.list(path)) {
    if (!matches(nameOf(entry.path))) continue
    if (rest.length > 0) {
      if (entry.directory) expand(disk, entry.path, rest, depth + 1, found, options)
    } else if (entry.directory) walk(disk, entry.path, depth + 1, found, options)
    else found.push(entry)
  }
}

function compiled(part: string, options: ListOptions): (name: string) => boolean {
  try {
    return compilePart(part)
  } catch (problem) {
    if (typeof problem !== "string") throw problem
    throw new FilesystemFault({
      table: options.table,
      action: "read the path",
      path: options.path,
      detail: `the pattern "${part}" is wrong: ${problem}`
    })
  }
}
