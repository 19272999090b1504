/**
 * The catalog store `file`: one file a catalog, `key: value` lines of quoted texts (YAML that a person can edit), in
 * `table.catalog-store.file.path`.
 */
import type { Disk } from "../../checkpoint/disk.ts"
import { Fault, type FaultClass } from "../../fault.ts"
import type { CatalogDescriptor, CatalogStore } from "./catalog-store.ts"
import { TextDirectory } from "./text-directory.ts"

const StoreFileFaultBase: FaultClass<"StoreFileFault", { path: string; line: number }> = Fault<
  { path: string; line: number }
>()("StoreFileFault", "user", "never")

/** A file of the store is not one that it could have written. */
export class StoreFileFault extends StoreFileFaultBase {
  override get message(): string {
    return `Cannot read the catalog in "${this.path}", line ${this.line}: expected 'key: value'. Mend or remove the file`
  }
}

const commentKey = "# comment"

/** A store in a directory. */
export class FileCatalogStore implements CatalogStore {
  readonly #texts: TextDirectory

  constructor(disk: Disk, path: string) {
    this.#texts = new TextDirectory(disk, path, ".yaml")
  }

  open(): void {
    this.#texts.open()
  }

  list(): ReadonlyArray<string> {
    return this.#texts.names()
  }

  get(name: string): CatalogDescriptor | undefined {
    const text = this.#texts.read(name)
    return text === undefined ? undefined : parse(text, this.#texts.file(name))
  }

  put(name: string, descriptor: CatalogDescriptor): Promise<void> {
    return this.#texts.write(name, format(descriptor))
  }

  remove(name: string): Promise<void> {
    return this.#texts.remove(name)
  }
}

function format({ options, comment }: CatalogDescriptor): string {
  const lines = Object.entries(options).map(([key, value]) =>
    `${JSON.stringify(key)}: ${JSON.stringify(value)}\n`
  )
  return (comment === undefined ? "" : `${commentKey}: ${JSON.stringify(comment)}\n`) +
    lines.join("")
}

function parse(text: string, path: string): CatalogDescriptor {
  const options: Record<string, string> = {}
  let comment: string | undefined
  for (const [at, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim()
    if (line.startsWith(`${commentKey}: `)) comment = scalar(line.slice(commentKey.length + 2))
    if (line === "" || line.startsWith("#")) continue
    const match = /^("(?:[^"\\]|\\.)*"|[^":]+):\s+(.*)$/.exec(line)
    const key = match === null ? undefined : scalar(match[1]!)
    const value = match === null ? undefined : scalar(match[2]!)
    if (key === undefined || value === undefined) throw new StoreFileFault({ path, line: at + 1 })
    options[key] = value
  }
  return { options, comment }
}

/** A quoted text, or a bare one as it stands. */
function scalar(text: string): string | undefined {
  const trimmed = text.trim()
  if (!trimmed.startsWith('"')) {
    return trimmed.startsWith("'") && trimmed.endsWith("'") && trimmed.length > 1
      ? trimmed.slice(1, -1).replaceAll("''", "'")
      : trimmed
  }
  try {
    const value: unknown = JSON.parse(trimmed)
    return typeof value === "string" ? value : undefined
  } catch {
    return undefined
  }
}
