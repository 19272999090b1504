/**
 * The manifest of a checkpoint: which job, run, attempt and number it is, and where each operator's snapshot stands with its
 * length and checksum. Small snapshots stand in it themselves. A first line tells version, length and checksum of the
 * JSON body after it, so that nothing of a torn or flipped manifest is ever believed.
 */
import { Buffer } from "node:buffer"
import { CheckpointFault } from "./checkpoint-fault.ts"
import { crc32 } from "./crc32.ts"

/** The version that this code writes, and the only one that it reads. It rises also when the state of any operator gets another form. */
export const formatVersion = 3

/** Where bytes are: in the manifest (base64), or in the segment file. */
export type Stored =
  | { readonly inline: string }
  | { readonly at: number; readonly bytes: number; readonly crc: number }

/** The body. */
export interface Manifest {
  readonly job: string
  readonly run: string
  readonly checkpoint: number
  readonly attempt: number
  readonly final: boolean
  readonly groupsMax: number
  /** The function that deals keys to groups; another one would look for state in the wrong places. */
  readonly hash: "murmur3_32"
  /** Length of the segment file; 0: there is none. */
  readonly segmentBytes: number
  readonly names: ReadonlyArray<readonly [id: string, name: string]>
  readonly enumerators: ReadonlyArray<readonly [id: string, state: Stored]>
  readonly subtasks: ReadonlyArray<ManifestSubtask>
}

/** One subtask's line of the index. */
export interface ManifestSubtask {
  readonly task: string
  readonly subtask: number
  readonly operators: ReadonlyArray<readonly [id: string, state: Stored]>
}

const signature = "millrace-checkpoint"

/** The bytes of a manifest file. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const body = Buffer.from(`${JSON.stringify(manifest)}\n`, "utf8")
  const head = `${signature} ${formatVersion} ${body.length} ${
    crc32(body).toString(16).padStart(8, "0")
  }\n`
  return new Uint8Array(Buffer.concat([Buffer.from(head, "utf8"), body]))
}

/** The manifest of a file's bytes. Throws {@link CheckpointFault}: `version` for another version, `broken` for anything else. */
export function decodeManifest(bytes: Uint8Array, path: string): Manifest {
  const broken = (detail: string): CheckpointFault =>
    new CheckpointFault({ path, reason: "broken", detail: `its manifest ${detail}` })
  const lineEnd = bytes.subarray(0, 100).indexOf(10)
  if (lineEnd < 0) throw broken(`has no first line: it has ${bytes.length} bytes`)
  const line = Buffer.from(bytes.subarray(0, lineEnd)).toString("latin1")
  const head = /^millrace-checkpoint (\d{1,9}) (\d{1,15}) ([0-9a-f]{8})$/.exec(line)
  if (head === null) throw broken("does not begin with its signature")
  if (Number(head[1]) !== formatVersion) {
    throw new CheckpointFault({
      path,
      reason: "version",
      detail:
        `it has format version ${head[1]}, and this Millrace reads version ${formatVersion}; ` +
        "use the Millrace that wrote it, or start a new run"
    })
  }
  const body = bytes.subarray(lineEnd + 1)
  if (body.length !== Number(head[2])) {
    throw broken(`is truncated: read ${body.length} of ${head[2]} bytes`)
  }
  if (crc32(body) !== Number.parseInt(head[3]!, 16)) throw broken("does not match its checksum")
  return checkShape(parseJson(body, broken), broken)
}

function parseJson(body: Uint8Array, broken: (detail: string) => CheckpointFault): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8"))
  } catch {
    throw broken("is not JSON")
  }
}

/** The checksum has vouched for the bytes; this is the assertion on the reading side. */
function checkShape(value: unknown, broken: (detail: string) => CheckpointFault): Manifest {
  const manifest = value as Manifest
  const good = typeof value === "object" && value !== null && typeof manifest.job === "string" &&
    typeof manifest.run === "string" && isCount(manifest.checkpoint) && isCount(manifest.attempt) &&
    typeof manifest.final === "boolean" && isCount(manifest.groupsMax) &&
    isCount(manifest.segmentBytes) && Array.isArray(manifest.names) &&
    Array.isArray(manifest.enumerators) && manifest.enumerators.every(isEntry) &&
    Array.isArray(manifest.subtasks) && manifest.subtasks.every(isSubtask)
  if (!good) throw broken("lacks a field")
  if (manifest.hash !== "murmur3_32") throw broken(`deals keys by an unknown function`)
  return manifest
}

function isSubtask(value: unknown): boolean {
  const subtask = value as Partial<ManifestSubtask> | null
  return typeof subtask === "object" && subtask !== null && typeof subtask.task === "string" &&
    isCount(subtask.subtask) && Array.isArray(subtask.operators) && subtask.operators.every(isEntry)
}

function isEntry(value: unknown): boolean {
  if (!Array.isArray(value) || typeof value[0] !== "string") return false
  const stored = value[1] as
    | { inline?: unknown; at?: unknown; bytes?: unknown; crc?: unknown }
    | null
  if (typeof stored !== "object" || stored === null) return false
  return typeof stored.inline === "string" ||
    isCount(stored.at) && isCount(stored.bytes) && isCount(stored.crc)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
