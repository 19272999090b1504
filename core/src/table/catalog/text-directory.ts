/**
 * A directory of small texts by name: `<name><suffix>`, names written so that any text is a file name. A write is whole or
 * not there: a new file is synced, then renamed over the old one.
 */
import * as Effect from "effect/Effect"
import { type Disk, DiskFault } from "../../checkpoint/disk.ts"

/** Texts in a directory. */
export class TextDirectory {
  readonly path: string
  readonly #disk: Disk
  readonly #suffix: string

  constructor(disk: Disk, path: string, suffix: string) {
    this.path = path
    this.#disk = disk
    this.#suffix = suffix
  }

  /** Make the directory if it is missing; a DiskFault when it cannot be. */
  open(): void {
    const found = this.#disk.stat(this.path)
    if (found === undefined) this.#disk.makeDirectory(this.path)
    else if (!found.directory) {
      throw new DiskFault({
        action: "use the directory",
        path: this.path,
        reason: "NotADirectory",
        detail: "It is a file"
      })
    }
  }

  /** Sorted names. */
  names(): ReadonlyArray<string> {
    return this.#disk.list(this.path).filter((entry) => !entry.directory)
      .map((entry) => entry.path.slice(entry.path.lastIndexOf("/") + 1))
      .filter((file) => file.endsWith(this.#suffix) && !file.startsWith("."))
      .map((file) => nameOf(file.slice(0, file.length - this.#suffix.length))).sort()
  }

  /** Where the text of that name is. */
  file(name: string): string {
    return `${this.path}/${fileName(name)}${this.#suffix}`
  }

  read(name: string): string | undefined {
    const path = this.file(name)
    if (this.#disk.stat(path) === undefined) return undefined
    const file = this.#disk.open(path, "read")
    try {
      const bytes = new Uint8Array(file.size())
      return new TextDecoder().decode(bytes.subarray(0, file.read(bytes, 0)))
    } finally {
      file.close()
    }
  }

  async write(name: string, text: string): Promise<void> {
    const path = this.file(name)
    const fresh = `${this.path}/.${fileName(name)}${this.#suffix}`
    const file = this.#disk.open(fresh, "create")
    try {
      file.write(new TextEncoder().encode(text))
      await Effect.runPromise(file.sync)
    } finally {
      file.close()
    }
    this.#disk.rename(fresh, path)
    await Effect.runPromise(this.#disk.syncDirectory(this.path))
  }

  async remove(name: string): Promise<void> {
    this.#disk.remove(this.file(name))
    await Effect.runPromise(this.#disk.syncDirectory(this.path))
  }
}

/** Everything but letters, digits, `_` and `-` as `%` and the bytes in hexadecimal. */
function fileName(name: string): string {
  return encodeURIComponent(name).replace(
    /[.!'()*~]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`
  )
}

function nameOf(file: string): string {
  try {
    return decodeURIComponent(file)
  } catch {
    // a file that nobody here has written: its name stands for itself
    return file
  }
}
