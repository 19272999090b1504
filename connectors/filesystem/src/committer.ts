/**
 * Makes finished files visible: rename, then the directory's entry durable. A file that is already under its name, with the length that was
 * recorded, is done. The first commit of an attempt proves that all of the restored checkpoint is committed, so what earlier
 * attempts of the run still have hidden is in no checkpoint and goes.
 */
import * as Effect from "effect/Effect"
import {
  type AnyFault,
  attempt,
  type Committer,
  type Disk,
  type JobIdentity,
  type Plain
} from "@millrace/core/internal"
import { FilesystemFault } from "./fault.ts"
import { nameOf } from "./file-path.ts"
import type { Pending } from "./part-file.ts"
import { attemptOf, checkpointOf } from "./part-name.ts"

/** What a committer is made for. */
export interface CommitterOptions {
  readonly table: string
  readonly directory: string
  readonly disk: Disk
  readonly job: JobIdentity
}

/** See the head of this file. */
export class FileCommitter implements Committer {
  private readonly options: CommitterOptions
  private cleaned = false

  constructor(options: CommitterOptions) {
    this.options = options
  }

  commit(committables: ReadonlyArray<Plain>): Effect.Effect<void, AnyFault> {
    const { disk, directory, job } = this.options
    const files = committables as unknown as ReadonlyArray<Pending>
    return Effect.gen({ self: this }, function* () {
      yield* attempt(() => files.forEach((file) => this.publish(file)))
      // also when nothing was renamed now: an earlier try may have died before this
      const directories = new Set(
        files.map(({ target }) => target.slice(0, target.lastIndexOf("/")))
      )
      for (const path of directories) yield* disk.syncDirectory(path)
      if (this.cleaned || !files.some((file) => file.attempt === job.attempt)) return
      this.cleaned = true
      yield* attempt(() => removeHidden(disk, directory, job.run, (number) => number < job.attempt))
    })
  }

  close(): void {}

  private publish(file: Pending): void {
    const { disk, table } = this.options
    const target = disk.stat(file.target)
    const hidden = disk.stat(file.hidden)
    const fault = (detail: string): FilesystemFault =>
      new FilesystemFault({ table, action: "commit the file", path: file.target, detail })
    if (hidden === undefined) {
      if (target?.sizeBytes === file.bytes) return
      throw fault(
        target === undefined
          ? `its content "${file.hidden}" is gone; somebody has removed or moved files of a running job`
          : `it has ${target.sizeBytes} bytes, not the ${file.bytes} that were written`
      )
    }
    if (target !== undefined) throw fault("another file of this name is there")
    if (hidden.sizeBytes !== file.bytes) {
      throw fault(
        `its content has ${hidden.sizeBytes} bytes, not the ${file.bytes} that were written`
      )
    }
    disk.rename(file.hidden, file.target)
  }
}

/** Remove the hidden parts of a run below `directory` whose attempt is `unwanted`. */
export function removeHidden(
  disk: Disk,
  directory: string,
  run: string,
  unwanted: (attempt: number) => boolean
): void {
  removeParts(disk, directory, (name) => {
    const number = attemptOf(name, run)
    return number !== undefined && unwanted(number)
  })
}

/**
 * Remove the visible parts of a run that ended after `checkpoint`, for good when it has succeeded: an earlier try may have died before its
 * directories were synced, so all are.
 */
export function removeLater(
  disk: Disk,
  directory: string,
  run: string,
  checkpoint: number
): Effect.Effect<void, AnyFault> {
  return Effect.gen(function* () {
    const directories = yield* attempt(() =>
      removeParts(disk, directory, (name) => (checkpointOf(name, run) ?? 0) > checkpoint)
    )
    for (const path of directories) yield* disk.syncDirectory(path)
  })
}

/** Remove `unwanted` files of a table. Answers its directories: the table's own and those of partitions. */
function removeParts(
  disk: Disk,
  directory: string,
  unwanted: (name: string) => boolean
): ReadonlyArray<string> {
  const directories = [directory]
  for (const entry of disk.list(directory)) {
    const name = nameOf(entry.path)
    if (!entry.directory) {
      if (unwanted(name)) disk.remove(entry.path)
    } else if (name.includes("=")) {
      directories.push(...removeParts(disk, entry.path, unwanted))
    }
  }
  return directories
}
