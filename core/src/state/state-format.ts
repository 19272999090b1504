/** The versions in which operators store their state. A restore of another one is refused by name: trying again would not help. */
import { Fault, type FaultClass } from "../fault.ts"

const StateFormatFaultBase: FaultClass<
  "StateFormatFault",
  { what: string; stored: number; read: number }
> = Fault<{ what: string; stored: number; read: number }>()("StateFormatFault", "user", "never")

/** A checkpoint holds state in a format that this version does not read. */
export class StateFormatFault extends StateFormatFaultBase {
  override get message(): string {
    return `Cannot restore ${this.what}: the checkpoint holds them in format ${this.stored}, and this Millrace reads format ${this.read}; use the Millrace that wrote it, or start a new run`
  }
}

/** Throws {@link StateFormatFault} unless `what` was stored in the format that is read. */
export function checkFormat(what: string, stored: number, read: number): void {
  if (stored !== read) throw new StateFormatFault({ what, stored, read })
}
