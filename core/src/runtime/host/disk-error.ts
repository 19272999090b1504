/**
 * What the operating system's error codes mean to a user: the reason by which code decides, and the sentence that says
 * what to do. The only place where `ENOSPC` and its kin are spelled.
 */
import { DiskFault, type DiskReason } from "../../checkpoint/disk.ts"

interface Meaning {
  readonly reason: DiskReason
  readonly words: string
}

const meanings: Readonly<Record<string, Meaning>> = {
  ENOENT: { reason: "NotFound", words: "there is nothing at this path" },
  ENOSPC: {
    reason: "NoSpace",
    words: "no space is left on the device; free some or choose another place"
  },
  EDQUOT: {
    reason: "NoSpace",
    words: "the disk quota is used up; free some space or choose another place"
  },
  EFBIG: {
    reason: "NoSpace",
    words: "the file is larger than the file system or the user's limit allows"
  },
  EACCES: {
    reason: "NoPermission",
    words: "permission denied; give this user the right or choose another place"
  },
  EPERM: {
    reason: "NoPermission",
    words: "operation not permitted; give this user the right or choose another place"
  },
  EROFS: {
    reason: "NoPermission",
    words: "the file system is read-only; choose another place or mount it writable"
  },
  EEXIST: { reason: "Exists", words: "something is there already" },
  ENOTEMPTY: { reason: "Exists", words: "the directory is not empty" },
  ENOTDIR: {
    reason: "NotADirectory",
    words: "a part of the path is a file, not a directory; choose another path"
  },
  EISDIR: { reason: "IsADirectory", words: "it is a directory, not a file" },
  EMFILE: {
    reason: "Other",
    words: "too many files are open in this process; raise its limit (ulimit -n)"
  },
  ENFILE: { reason: "Other", words: "too many files are open on this machine" },
  ENAMETOOLONG: { reason: "Other", words: "the name is too long" },
  ELOOP: { reason: "Other", words: "there are too many symbolic links" },
  EIO: { reason: "Other", words: "the device reports an input/output error; check the disk" },
  ESTALE: { reason: "Other", words: "the network file system has lost the file" }
}

/** The code of a system error (`ENOENT`), or nothing. */
export function errorCode(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | null)?.code
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code : undefined
}

/** The fault for a failed system call. An error without a known code keeps its own first line as detail. */
export function diskFault(action: string, path: string, error: unknown): DiskFault {
  if (error instanceof DiskFault) return error
  const code = errorCode(error)
  const meaning = code === undefined ? undefined : meanings[code]
  if (meaning !== undefined) {
    return new DiskFault({
      action,
      path,
      reason: meaning.reason,
      detail: `${code}: ${meaning.words}`
    })
  }
  const line = String(error instanceof Error ? error.message : error).split("\n", 1)[0]!
  return new DiskFault({ action, path, reason: "Other", detail: line })
}
