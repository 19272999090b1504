/** Small helpers over {@link Disk}: whole files, durable directories, and the step from thrown faults to typed failures. */
import * as Effect from "effect/Effect"
import { type AnyFault, isFault } from "../fault.ts"
import { type Disk, DiskFault } from "./disk.ts"
import { parentOf } from "./store-path.ts"

/** Run synchronous code that throws faults; anything else that it throws is a bug and dies. */
export function attempt<A>(call: () => A): Effect.Effect<A, AnyFault> {
  return Effect.suspend(() => {
    try {
      return Effect.succeed(call())
    } catch (error) {
      if (isFault(error)) return Effect.fail(error)
      throw error
    }
  })
}

/** The content of a file. Throws a DiskFault, also when it becomes shorter meanwhile. */
export function readWhole(disk: Disk, path: string): Uint8Array {
  const file = disk.open(path, "read")
  try {
    const bytes = new Uint8Array(file.size())
    const count = file.read(bytes, 0)
    if (count !== bytes.length) {
      const detail = `read ${count} of ${bytes.length} bytes`
      throw new DiskFault({ action: "read", path, reason: "Other", detail })
    }
    return bytes
  } finally {
    file.close()
  }
}

/** Write a new file and make its content durable; its name is not yet (`syncDirectory` of the parent). */
export function writeWhole(
  disk: Disk,
  path: string,
  parts: ReadonlyArray<Uint8Array>
): Effect.Effect<void, AnyFault> {
  return Effect.flatMap(attempt(() => disk.open(path, "create")), (file) =>
    Effect.ensuring(
      Effect.flatMap(attempt(() => parts.forEach((part) => file.write(part))), () => file.sync),
      Effect.sync(() => closeQuietly(file))
    ))
}

/** Close without hiding an earlier fault by a later one. */
export function closeQuietly(file: { close(): void }): void {
  try {
    file.close()
  } catch (error) {
    if (!isFault(error)) throw error
  }
}

/**
 * Make a directory with its missing parents, and all their names durable: also those that an earlier call made, as nothing
 * tells whether that one came as far as here. Parents that may not be opened were there before us.
 */
export function makeDurableDirectory(disk: Disk, path: string): Effect.Effect<void, AnyFault> {
  return Effect.gen(function* () {
    yield* attempt(() => disk.makeDirectory(path))
    for (let at = path; parentOf(at) !== at; at = parentOf(at)) {
      yield* Effect.catchIf(
        disk.syncDirectory(parentOf(at)),
        (fault) => fault.reason === "NoPermission",
        () => Effect.void
      )
    }
  })
}
