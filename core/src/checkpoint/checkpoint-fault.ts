/** Why a checkpoint cannot be used. A broken one is skipped with a warning when an older one is there; an unknown version never is. */
import { Fault, type FaultClass } from "../fault.ts"

/**
 * `broken`: lengths, checksums or shape are wrong; `foreign`: it belongs to another job or run; `version`: another version of
 * Millrace wrote it; `exhausted`: checkpoints are there, and none is usable; `order`: a newer one is there already.
 */
export type CheckpointReason = "broken" | "foreign" | "version" | "exhausted" | "order"

const CheckpointFaultBase: FaultClass<
  "CheckpointFault",
  { path: string; reason: CheckpointReason; detail: string }
> = Fault<{ path: string; reason: CheckpointReason; detail: string }>()(
  "CheckpointFault",
  "external",
  "never"
)

/** A checkpoint that cannot be restored or written. `detail` is a sentence without its full stop. */
export class CheckpointFault extends CheckpointFaultBase {
  override get message(): string {
    return `Cannot use the checkpoint "${this.path}": ${this.detail}`
  }
}
