/**
 * The checkpoint store on a disk: `<directory>/<job>/<run>/chk-<n>/{manifest,segment-0}`.
 *
 * A checkpoint is written in a hidden directory: segment, then manifest, each made durable, then their names; then it is renamed to
 * `chk-<n>` and the run's directory is made durable. So the name `chk-<n>` never stands for anything incomplete (Law 1).
 * Only then are older ones removed (Law 2) and, after the first of a run, older runs (Law 3).
 */
import { Buffer } from "node:buffer"
import * as Effect from "effect/Effect"
import { type AnyFault, assert, isFault } from "../fault.ts"
import { CheckpointFault } from "./checkpoint-fault.ts"
import { checkpointsOf, newest, readCheckpoint, readManifest } from "./checkpoint-reader.ts"
import { crc32 } from "./crc32.ts"
import type { Disk } from "./disk.ts"
import { attempt, makeDurableDirectory, writeWhole } from "./disk-file.ts"
import { encodeManifest, type Manifest, type Stored } from "./manifest.ts"
import { encodePlain } from "./plain-codec.ts"
import * as RunId from "./run-id.ts"
import { encodeSnapshot } from "./snapshot-codec.ts"
import type { CheckpointState, CheckpointStore } from "./store.ts"
import { checkpointName, jobDirectory, lastName, runDirectory } from "./store-path.ts"

/** State up to this size stands in the manifest itself, unless {@link MakeOptions} says otherwise. */
const inlineBytesDefault = 20 * 1024

/** All inlined state together; beyond it even small state goes to the segment. */
const inlineBytesTotalMax = 1024 * 1024

/** What a store is made for. */
export interface MakeOptions {
  readonly disk: Disk
  /** `execution.checkpointing.dir`. */
  readonly directory: string
  readonly job: string
  /** From `RunId.next`, or the run of the restored checkpoint. */
  readonly run: string
  /** `execution.checkpointing.num-retained`: complete checkpoints that stay, at least 1. */
  readonly retained: number
  /** State up to this size stands in the manifest, larger state in the segment. Default: 20 KiB. */
  readonly inlineBytesMax?: number
}

/** A {@link CheckpointStore} that says where it is. */
export interface FileStore extends CheckpointStore {
  /** The directory of this run. */
  readonly path: string
  readonly forget: (checkpoint: number) => Effect.Effect<void, AnyFault>
  /**
   * The job has ended and all that its last checkpoint prepared is committed: mark it, when it is a final one, so that a resume has nothing
   * to do. Without the mark a resume of a final checkpoint must run the job, which commits again and ends.
   */
  readonly settle: Effect.Effect<void, AnyFault>
}

const settledName = "settled"

/** Whether all that the final checkpoint `state` prepared was committed; see {@link FileStore.settle}. */
export function isSettled(disk: Disk, directory: string, state: CheckpointState): boolean {
  const path = `${runDirectory(directory, state.job, state.run)}/${
    checkpointName(state.checkpoint)
  }`
  return state.final && disk.stat(`${path}/${settledName}`) !== undefined
}

/** A store for one run of one job. Touches nothing yet. */
export function make(options: MakeOptions): FileStore {
  assert(options.retained >= 1, "a store retains at least one checkpoint")
  const path = runDirectory(options.directory, options.job, options.run)
  // of this instance: the last number written, 0 before the first
  let last = 0
  return {
    path,
    newest: (report) => newest(options, report),
    settle: settle(options, path),
    forget: (checkpoint) => forget(options.disk, path, checkpoint),
    write: (state) =>
      Effect.gen(function* () {
        assert(
          state.job === options.job && state.run === options.run,
          "a store keeps one run of one job"
        )
        assert(state.checkpoint > last, "checkpoint numbers rise")
        if (last === 0) {
          yield* makeDurableDirectory(options.disk, path)
          yield* attempt(() => removeUnusable(options, path, state.checkpoint))
        }
        const bytes = yield* Effect.onError(
          writeCheckpoint(options, path, state),
          () => Effect.sync(() => removeQuietly(options.disk, draftOf(path, state.checkpoint)))
        )
        retire(options, path, last === 0)
        last = state.checkpoint
        return bytes
      })
  }
}

function settle(options: MakeOptions, path: string): Effect.Effect<void, AnyFault> {
  const { disk, job, run } = options
  return Effect.gen(function* () {
    const place = yield* attempt(() => {
      const checkpoint = checkpointsOf(disk, path)[0]
      if (checkpoint === undefined) return undefined
      const found = `${path}/${checkpointName(checkpoint)}`
      return readManifest(disk, found, { job, run, checkpoint }).final ? found : undefined
    })
    if (place === undefined) return
    yield* writeWhole(disk, `${place}/${settledName}`, [])
    yield* disk.syncDirectory(place)
  })
}

/** Hidden from now on; what is hidden goes when the next checkpoint is complete. Also one that only could not be read this time. */
function forget(disk: Disk, path: string, last: number): Effect.Effect<void, AnyFault> {
  return Effect.andThen(
    attempt(() => {
      for (const checkpoint of checkpointsOf(disk, path)) {
        if (checkpoint > last) hide(disk, `${path}/${checkpointName(checkpoint)}`)
      }
    }),
    disk.syncDirectory(path)
  )
}

/**
 * Broken checkpoints with numbers that are now given again. A readable one means that the job was restored from something older
 * than what is there: its sinks have gone further already.
 */
function removeUnusable(options: MakeOptions, path: string, from: number): void {
  for (const checkpoint of checkpointsOf(options.disk, path)) {
    if (checkpoint < from) break
    const place = `${path}/${checkpointName(checkpoint)}`
    if (isReadable(options, place, checkpoint)) {
      throw new CheckpointFault({
        path: place,
        reason: "order",
        detail: `it is complete and not older than checkpoint ${from}, which is to be written; ` +
          "resume from it, or start a new run"
      })
    }
    discard(options.disk, place)
  }
}

function isReadable(options: MakeOptions, place: string, checkpoint: number): boolean {
  try {
    readCheckpoint(options.disk, place, { job: options.job, run: options.run, checkpoint })
    return true
  } catch (error) {
    if (isFault(error)) return false
    throw error
  }
}

function writeCheckpoint(
  options: MakeOptions,
  path: string,
  state: CheckpointState
): Effect.Effect<number, AnyFault> {
  return Effect.gen(function* () {
    const { disk } = options
    const name = checkpointName(state.checkpoint)
    const draft = draftOf(path, state.checkpoint)
    const { manifest, parts } = layOut(state, options.inlineBytesMax ?? inlineBytesDefault)
    const manifestBytes = encodeManifest(manifest)
    yield* attempt(() => {
      disk.remove(draft)
      disk.makeDirectory(draft)
    })
    if (manifest.segmentBytes > 0) yield* writeWhole(disk, `${draft}/segment-0`, parts)
    yield* writeWhole(disk, `${draft}/manifest`, [manifestBytes])
    yield* disk.syncDirectory(draft)
    yield* attempt(() => disk.rename(draft, `${path}/${name}`))
    yield* disk.syncDirectory(path)
    return manifest.segmentBytes + manifestBytes.length
  })
}

/** A checkpoint being written: hidden, so that it is never taken for one. */
function draftOf(path: string, checkpoint: number): string {
  return `${path}/.${checkpointName(checkpoint)}`
}

/** An unfinished draft would keep the space whose lack may have stopped it. */
function removeQuietly(disk: Disk, path: string): void {
  try {
    disk.remove(path)
  } catch (error) {
    if (!isFault(error)) throw error
  }
}

/** Where each piece of state goes: into the manifest or, as `parts` in order, into the segment. */
function layOut(
  state: CheckpointState,
  inlineBytesMax: number
): { readonly manifest: Manifest; readonly parts: ReadonlyArray<Uint8Array> } {
  const parts: Array<Uint8Array> = []
  let segmentBytes = 0
  let inlineBytes = 0
  const place = (pieces: ReadonlyArray<Uint8Array>): Stored => {
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
    if (bytes <= inlineBytesMax && inlineBytes + bytes <= inlineBytesTotalMax) {
      inlineBytes += bytes
      return { inline: Buffer.concat(pieces).toString("base64") }
    }
    const at = segmentBytes
    segmentBytes += bytes
    parts.push(...pieces)
    return { at, bytes, crc: pieces.reduce((crc, piece) => crc32(piece, crc), 0) }
  }
  const enumerators = [...state.enumerators].map(
    ([id, plain]) => [id, place([encodePlain(plain)])] as const
  )
  const subtasks = state.subtasks.map((entry) => ({
    task: entry.task,
    subtask: entry.subtask,
    operators: [...entry.operators].map(
      ([id, snapshot]) => [id, place(encodeSnapshot(snapshot))] as const
    )
  }))
  const manifest: Manifest = {
    job: state.job,
    run: state.run,
    checkpoint: state.checkpoint,
    attempt: state.attempt,
    final: state.final,
    groupsMax: state.groupsMax,
    hash: "murmur3_32",
    segmentBytes,
    names: [...state.names],
    enumerators,
    subtasks
  }
  return { manifest, parts }
}

/**
 * Remove what is no longer needed. The new checkpoint is complete, so a fault here takes nothing away from it: what stays is
 * removed after the next one.
 */
function retire(options: MakeOptions, path: string, firstOfRun: boolean): void {
  const disk = options.disk
  try {
    for (const checkpoint of checkpointsOf(disk, path).slice(options.retained)) {
      discard(disk, `${path}/${checkpointName(checkpoint)}`)
    }
    for (const entry of disk.list(path)) {
      if (lastName(entry.path).startsWith(".")) disk.remove(entry.path)
    }
    if (!firstOfRun) return
    const runs = jobDirectory(options.directory, options.job)
    for (const entry of disk.list(runs)) {
      if (lastName(entry.path).startsWith(".gone-")) disk.remove(entry.path)
    }
    const own = RunId.numberOf(options.run)
    for (const run of RunId.list(disk, options.directory, options.job)) {
      if (own === undefined || RunId.numberOf(run)! >= own) continue
      discard(disk, `${runs}/${run}`)
    }
  } catch (error) {
    if (!isFault(error)) throw error
  }
}

/** Remove a directory so that a crash in the middle leaves either all of it or something hidden. */
function discard(disk: Disk, path: string): void {
  disk.remove(hide(disk, path))
}

/** Give a directory a hidden name, which is answered. */
function hide(disk: Disk, path: string): string {
  const slash = path.lastIndexOf("/") + 1
  const hidden = `${path.slice(0, slash)}.gone-${path.slice(slash)}`
  disk.remove(hidden)
  disk.rename(path, hidden)
  return hidden
}
