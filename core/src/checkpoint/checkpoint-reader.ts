/**
 * Reads what {@link FileStore} writes, and believes nothing: lengths, checksums, job, run and number must all fit before a
 * checkpoint counts as complete.
 */
import { Buffer } from "node:buffer"
import * as Effect from "effect/Effect"
import { type AnyFault, isFault } from "../fault.ts"
import type { Plain, Snapshot } from "../operator/operator.ts"
import { CheckpointFault } from "./checkpoint-fault.ts"
import { crc32 } from "./crc32.ts"
import { type Disk, DiskFault } from "./disk.ts"
import { attempt, makeDurableDirectory, readWhole } from "./disk-file.ts"
import { decodeManifest, type Manifest, type Stored } from "./manifest.ts"
import { CodecFault, decodePlain } from "./plain-codec.ts"
import * as RunId from "./run-id.ts"
import { decodeSnapshot } from "./snapshot-codec.ts"
import type { CheckpointState, FoundState, SubtaskState } from "./store.ts"
import { checkpointName, checkpointNumber, lastName, runDirectory } from "./store-path.ts"

/** What a checkpoint must be, as its place in the store says. */
export interface Expected {
  readonly job: string | undefined
  readonly run: string
  readonly checkpoint: number
}

/** The manifest at `path`, checked against its place. Throws {@link CheckpointFault} or a DiskFault. */
export function readManifest(disk: Disk, path: string, expected: Expected): Manifest {
  if (disk.stat(`${path}/manifest`) === undefined) throw broken(path, "it has no manifest")
  const manifest = decodeManifest(readWhole(disk, `${path}/manifest`), path)
  if (expected.job !== undefined && manifest.job !== expected.job) {
    throw foreign(path, `it belongs to job "${manifest.job}", not "${expected.job}"`)
  }
  if (manifest.run !== expected.run) throw foreign(path, `it belongs to run ${manifest.run}`)
  if (manifest.checkpoint !== expected.checkpoint) {
    throw foreign(path, `it is checkpoint ${manifest.checkpoint}`)
  }
  return manifest
}

/** The whole checkpoint at `path`, verified. Throws {@link CheckpointFault} or a DiskFault. */
export function readCheckpoint(disk: Disk, path: string, expected: Expected): CheckpointState {
  const manifest = readManifest(disk, path, expected)
  const segment = readSegment(disk, path, manifest)
  const bytesOf = (stored: Stored): Uint8Array => load(stored, segment, path)
  try {
    return {
      job: manifest.job,
      run: manifest.run,
      checkpoint: manifest.checkpoint,
      attempt: manifest.attempt,
      final: manifest.final,
      groupsMax: manifest.groupsMax,
      names: new Map(manifest.names),
      enumerators: new Map<string, Plain>(
        manifest.enumerators.map(([id, stored]) => [id, decodePlain(bytesOf(stored))])
      ),
      subtasks: manifest.subtasks.map((entry): SubtaskState => ({
        task: entry.task,
        subtask: entry.subtask,
        operators: new Map<string, Snapshot>(
          entry.operators.map(([id, stored]) => [id, decodeSnapshot(bytesOf(stored))])
        )
      }))
    }
  } catch (error) {
    if (error instanceof CodecFault) {
      throw broken(path, `${error.detail} at byte ${error.at} of a state`)
    }
    throw error
  }
}

function readSegment(disk: Disk, path: string, manifest: Manifest): Uint8Array {
  if (manifest.segmentBytes === 0) return new Uint8Array(0)
  const found = disk.stat(`${path}/segment-0`)
  if (found === undefined) throw broken(path, "its segment is missing")
  if (found.sizeBytes !== manifest.segmentBytes) {
    throw broken(path, `its segment has ${found.sizeBytes} bytes, not ${manifest.segmentBytes}`)
  }
  return readWhole(disk, `${path}/segment-0`)
}

function load(stored: Stored, segment: Uint8Array, path: string): Uint8Array {
  if ("inline" in stored) return new Uint8Array(Buffer.from(stored.inline, "base64"))
  const bytes = segment.subarray(stored.at, stored.at + stored.bytes)
  if (bytes.length !== stored.bytes || crc32(bytes) !== stored.crc) {
    throw broken(path, `the state at byte ${stored.at} of its segment does not match its checksum`)
  }
  return bytes
}

function broken(path: string, detail: string): CheckpointFault {
  return new CheckpointFault({ path, reason: "broken", detail })
}

function foreign(path: string, detail: string): CheckpointFault {
  return new CheckpointFault({ path, reason: "foreign", detail })
}

/** Numbers of the checkpoints of a run, newest first. */
export function checkpointsOf(disk: Disk, path: string): ReadonlyArray<number> {
  if (disk.stat(path)?.directory !== true) return []
  return disk.list(path)
    .filter((entry) => entry.directory)
    .map((entry) => checkpointNumber(lastName(entry.path)))
    .filter((number) => number !== undefined)
    .sort((a, b) => b - a)
}

/**
 * The newest complete checkpoint of the newest run of a job, durable when it is answered; undefined when that run has none, or
 * there is no run.
 *
 * **Errors** a checkpoint of another format version is refused, not skipped: what an older one holds is no longer true. When
 * checkpoints are there and none is usable, that is a {@link CheckpointFault} too, never a fresh start.
 */
export function newest(
  input: { readonly disk: Disk; readonly directory: string; readonly job: string },
  report: (warning: string) => void
): Effect.Effect<FoundState | undefined, AnyFault> {
  const { disk, directory, job } = input
  return Effect.tap(
    attempt(() => find(input, report)),
    // a process that died between the rename and the sync of the directory left a name that power may still take away
    (found) => {
      if (found === undefined) return Effect.void
      const path = runDirectory(directory, job, found.run)
      return Effect.andThen(makeDurableDirectory(disk, path), disk.syncDirectory(path))
    }
  )
}

function find(
  input: { readonly disk: Disk; readonly directory: string; readonly job: string },
  report: (warning: string) => void
): FoundState | undefined {
  const run = RunId.list(input.disk, input.directory, input.job).at(-1)
  if (run === undefined) return undefined
  const path = runDirectory(input.directory, input.job, run)
  let first: CheckpointFault | undefined
  for (const checkpoint of checkpointsOf(input.disk, path)) {
    const place = `${path}/${checkpointName(checkpoint)}`
    try {
      const state = readCheckpoint(input.disk, place, { job: input.job, run, checkpoint })
      return first === undefined ? state : { ...state, fellBack: true }
    } catch (error) {
      const fault = skippable(error, place)
      report(`${fault.message}; the one before is tried`)
      first ??= fault
    }
  }
  if (first === undefined) return undefined
  throw new CheckpointFault({
    path: first.path,
    reason: "exhausted",
    detail: `${first.detail}, and run ${run} has no other that is complete; ` +
      "mend it from a copy, or start a new run"
  })
}

/** Whether an older checkpoint may be tried instead. An unreadable file counts as broken; another version or a bug does not. */
function skippable(error: unknown, path: string): CheckpointFault {
  if (error instanceof CheckpointFault && error.reason !== "version") return error
  if (error instanceof DiskFault) return broken(path, error.message)
  throw error
}

/** One line of `millrace checkpoint list`. */
export interface CheckpointEntry {
  readonly job: string
  readonly run: string
  readonly checkpoint: number
  readonly path: string
  /** All files of it. */
  readonly bytes: number
  readonly modifiedMillis: number
  readonly attempt: number | undefined
  readonly final: boolean | undefined
  /** What is wrong with it, as a sentence; undefined: nothing was found. */
  readonly problem: string | undefined
}

/**
 * All checkpoints below a store's directory, by job, run and number. `verify` reads and checks all of their state, else only the
 * manifests are read. **Errors** throws a DiskFault when the directory itself cannot be listed.
 */
export function listCheckpoints(
  disk: Disk,
  directory: string,
  options: { readonly verify: boolean }
): ReadonlyArray<CheckpointEntry> {
  const entries: Array<CheckpointEntry> = []
  for (const job of disk.list(directory).filter((entry) => entry.directory)) {
    const runs = disk.list(job.path).filter((entry) =>
      RunId.numberOf(lastName(entry.path)) !== undefined
    )
    runs.sort((a, b) => RunId.numberOf(lastName(a.path))! - RunId.numberOf(lastName(b.path))!)
    for (const run of runs) {
      for (const checkpoint of [...checkpointsOf(disk, run.path)].reverse()) {
        const path = `${run.path}/${checkpointName(checkpoint)}`
        entries.push(entryOf(disk, path, { run: lastName(run.path), checkpoint }, options.verify))
      }
    }
  }
  return entries
}

function entryOf(
  disk: Disk,
  path: string,
  place: { readonly run: string; readonly checkpoint: number },
  verify: boolean
): CheckpointEntry {
  let manifest: Manifest | undefined
  let problem: string | undefined
  try {
    manifest = readManifest(disk, path, { job: undefined, ...place })
    if (verify) readCheckpoint(disk, path, { job: undefined, ...place })
  } catch (error) {
    if (!isFault(error)) throw error
    problem = error.message
  }
  return {
    job: manifest?.job ?? lastName(path.slice(0, path.lastIndexOf(`/${place.run}/`))),
    ...place,
    path,
    bytes: disk.list(path).reduce((sum, file) => sum + file.sizeBytes, 0),
    modifiedMillis: disk.stat(path)?.modifiedMillis ?? 0,
    attempt: manifest?.attempt,
    final: manifest?.final,
    problem
  }
}
