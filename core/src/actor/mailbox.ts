/** A subtask's inbox: one bounded lane per channel, and one control lane that is served first. */
import { type Lane } from "./lane.ts"
import { Signal } from "./signal.ts"

/** What reaches a subtask beside its channels. One FIFO: an assignment that follows a trigger is not in its checkpoint. */
export type Control =
  | { readonly _tag: "Trigger"; readonly checkpoint: number; readonly final: boolean }
  | { readonly _tag: "Complete"; readonly checkpoint: number }
  | { readonly _tag: "Abort"; readonly checkpoint: number }
  | { readonly _tag: "Assign"; readonly split: unknown }
  | { readonly _tag: "NoMoreSplits" }

/**
 * **Law** `control` is bounded by the protocol: at most one trigger, one completion and one assignment are open per
 * checkpoint in flight. `poll` goes round robin over the lanes that are neither empty nor blocked, starting where
 * `pick` says: the simulation replaces `pick`, nothing else.
 */
export class Mailbox {
  readonly signal: Signal = new Signal()
  readonly lanes: Array<Lane> = []
  private readonly controls: Array<Control> = []
  private next = 0

  /** Put a message on the control lane and wake the subtask. */
  tell(control: Control): void {
    this.controls.push(control)
    this.signal.notify()
  }

  /** The next control message. */
  pollControl(): Control | undefined {
    return this.controls.shift()
  }

  /** Index of a lane that has an element and is not blocked, or −1. `pick(n)` chooses among n candidates; absent: round robin. */
  ready(pick?: (n: number) => number): number {
    const { lanes } = this
    if (pick !== undefined) {
      const open: Array<number> = []
      for (let i = 0; i < lanes.length; i++) {
        if (!lanes[i]!.blocked && lanes[i]!.size > 0) open.push(i)
      }
      return open.length === 0 ? -1 : open[open.length === 1 ? 0 : pick(open.length)]!
    }
    for (let k = 0; k < lanes.length; k++) {
      const i = (this.next + k) % lanes.length
      const lane = lanes[i]!
      if (!lane.blocked && lane.size > 0) {
        this.next = (i + 1) % lanes.length
        return i
      }
    }
    return -1
  }
}
