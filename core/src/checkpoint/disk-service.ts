/**
 * The disk of the running job as a service. The host sets the real one and the simulation its own; with neither, every
 * call is a bug that says so, so that no code path reaches a real disk by accident.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Disk } from "./disk.ts"

function refuse(): never {
  throw new Error("No disk was provided: provide DiskService, as runtime/host does")
}

const absent: Disk = {
  open: refuse,
  list: refuse,
  stat: refuse,
  makeDirectory: refuse,
  rename: refuse,
  remove: refuse,
  createExclusive: refuse,
  syncDirectory: () => Effect.sync(refuse)
}

/** The {@link Disk} that operators, sinks and stores of a job use. */
export const DiskService: Context.Reference<Disk> = Context.Reference<Disk>("millrace/Disk", {
  defaultValue: () => absent
})
