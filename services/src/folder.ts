/** Where servers are kept: downloads and data under `.cache/services` of the repository, never committed. */
import { mkdirSync } from "node:fs"
import { fileURLToPath } from "node:url"

/** The repository's root, with a slash at the end. */
export const root: string = fileURLToPath(new URL("../..", import.meta.url))

/** The folder of a server, made if missing, without a slash at the end. */
export function folder(name: string): string {
  const path = `${root}.cache/services/${name}`
  mkdirSync(path, { recursive: true })
  return path
}
