/**
 * Claim (R8, R10): whatever the moment at which the process or the power dies, and whatever bit of a file flips, a
 * restore gives exactly a checkpoint that was written, never older than the last that `write` called complete; else it refuses.
 * Model: the list of written states and the last completed number. Generator: histories of writes, fresh runs, kills, power failures in
 * the middle of any disk call, and full disks. A failure would mean lost, doubled or wrong state.
 */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import fc from "fast-check"
import { newest } from "../src/checkpoint/checkpoint-reader.ts"
import * as FileStore from "../src/checkpoint/file-store.ts"
import * as Lease from "../src/checkpoint/lease.ts"
import * as RunId from "../src/checkpoint/run-id.ts"
import type { CheckpointState } from "../src/checkpoint/store.ts"
import { isFault } from "../src/fault.ts"
import { SimulatedDisk } from "../src/testing/simulated-disk.ts"

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000)
console.log(`checkpoint-store.property SEED=${seed}`)

/** The simulated end of the process in the middle of a call: no fault, so nothing may catch it. */
class Death extends Error {}

/** Numbers from one seed: what a crash keeps. */
function decisions(start: number): { pick(n: number): number } {
  let at = start >>> 0
  return {
    pick: (n) => {
      at = (Math.imul(at, 1664525) + 1013904223) >>> 0
      return Math.floor((at / 2 ** 32) * n)
    }
  }
}

function stateOf(run: string, checkpoint: number, large: boolean, salt: number): CheckpointState {
  const bytes = new Uint8Array(large ? 21000 : 50).fill(salt & 255)
  return {
    job: "j",
    run,
    checkpoint,
    attempt: 1,
    final: false,
    groupsMax: 4,
    enumerators: new Map([["e", salt]]),
    names: new Map(),
    subtasks: [{
      task: "t",
      subtask: 0,
      operators: new Map([["o", { groups: new Map([[1, bytes]]) }]])
    }]
  }
}

type Step =
  | {
    readonly kind: "write"
    readonly large: boolean
    readonly dieAt: number
    readonly power: boolean
  }
  | { readonly kind: "fresh" }
  | { readonly kind: "full"; readonly room: number }
  | { readonly kind: "stop"; readonly power: boolean }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("write" as const),
      large: fc.boolean(),
      // a write makes up to about 70 calls; above that it is left alone
      dieAt: fc.nat(120),
      power: fc.boolean()
    })
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("fresh" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("full" as const), room: fc.nat(30000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("stop" as const), power: fc.boolean() }) }
)

/** A job that starts, checkpoints, dies and resumes, with what it knows for certain beside it. */
class History {
  readonly disk: SimulatedDisk
  readonly counts = { complete: 0, died: 0, refused: 0, restored: 0 }
  private readonly written = new Map<string, CheckpointState>()
  private readonly retained: number
  private callsLeft = Infinity
  private run = ""
  private next = 1
  private completed = 0
  private store: FileStore.FileStore | undefined
  private salt = 0

  constructor(choice: number, retained: number) {
    this.retained = retained
    this.disk = new SimulatedDisk({
      decisions: decisions(choice),
      turns: false,
      refuse: () => {
        if (--this.callsLeft < 0) throw new Death()
        return undefined
      }
    })
    this.fresh()
  }

  apply(step: Step): void {
    switch (step.kind) {
      case "write":
        return this.write(step)
      case "fresh":
        return this.fresh()
      case "full":
        this.disk.capacityBytes = step.room
        return
      case "stop":
        return this.restart(step.power)
    }
  }

  private fresh(): void {
    try {
      this.run = RunId.next(this.disk, "d", "j", 36)
    } catch (fault) {
      assert.ok(isFault(fault))
      return
    }
    this.next = 1
    this.completed = 0
    this.open()
  }

  private open(): void {
    const { disk, run, retained } = this
    this.store = FileStore.make({ disk, directory: "d", job: "j", run, retained })
  }

  private write(
    step: { readonly large: boolean; readonly dieAt: number; readonly power: boolean }
  ): void {
    const state = stateOf(this.run, this.next++, step.large, ++this.salt)
    this.written.set(`${this.run}/${state.checkpoint}/${this.salt}`, state)
    this.callsLeft = step.dieAt > 80 ? Infinity : step.dieAt
    const exit = Effect.runSyncExit(this.store!.write(state))
    this.callsLeft = Infinity
    if (Exit.isSuccess(exit)) {
      this.counts.complete++
      this.completed = state.checkpoint
      return
    }
    const error = Cause.squash(exit.cause)
    if (error instanceof Death) {
      this.counts.died++
      return this.restart(step.power)
    }
    assert.ok(isFault(error), String(error))
    assert.equal(error._tag, "DiskFault")
    this.counts.refused++
    this.disk.capacityBytes = Infinity
  }

  private restart(power: boolean): void {
    if (power) this.disk.crash()
    else this.disk.kill()
    const found = this.read()
    const runs = RunId.list(this.disk, "d", "j")
    // the directory of a run without a complete checkpoint may be lost with the power, and with it nothing
    if (this.completed > 0) assert.equal(runs.at(-1), this.run)
    if (found === undefined) {
      assert.equal(this.completed, 0, "a complete checkpoint survives")
      return this.fresh()
    }
    this.counts.restored++
    if (found.run === this.run) assert.ok(found.checkpoint >= this.completed, "never older")
    else assert.equal(this.completed, 0, "an older run only when the newer one had nothing")
    const salt = found.enumerators.get("e")
    assert.deepStrictEqual(
      found,
      this.written.get(`${found.run}/${found.checkpoint}/${String(salt)}`)
    )
    this.run = found.run
    this.completed = found.checkpoint
    this.next = found.checkpoint + 1
    this.open()
  }

  read(): CheckpointState | undefined {
    const report = (warning: string): void =>
      assert.fail(`no checkpoint is ever broken: ${warning}`)
    return Effect.runSync(newest({ disk: this.disk, directory: "d", job: "j" }, report))
  }
}

describe("FileStore on a disk that loses what was not synced", () => {
  it("newest() gives a written checkpoint, never older than the last complete one", () => {
    const counts = { complete: 0, died: 0, refused: 0, restored: 0 }
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 12 }),
        fc.nat(),
        fc.integer({ min: 1, max: 3 }),
        (steps, choice, retained) => {
          const history = new History(choice, retained)
          for (const one of steps) history.apply(one)
          for (const key of ["complete", "died", "refused", "restored"] as const) {
            counts[key] += history.counts[key]
          }
        }
      ),
      { numRuns: 2000, seed }
    )
    console.log(`checkpoint-store.property ${JSON.stringify(counts)}`)
    // against vacuity
    assert.ok(
      counts.complete > 2000 && counts.died > 1000 && counts.refused > 30 && counts.restored > 1000
    )
  })

  it("newest() never gives wrong state after a flipped bit: an older one with a warning, or a refusal", () => {
    let warned = 0
    let refused = 0
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.boolean(), (pick, bit, large) => {
        const disk = new SimulatedDisk({ decisions: decisions(1), turns: false })
        const store = FileStore.make({ disk, directory: "d", job: "j", run: "1", retained: 2 })
        const states = [1, 2].map((n) => stateOf("1", n, large, n))
        for (const state of states) Effect.runSync(store.write(state))
        const files = disk.files().filter((file) => pick % 4 > 0 || file.includes("chk-2"))
        assert.ok(disk.flip(files[pick % files.length]!, bit))
        const warnings: Array<string> = []
        const exit = Effect.runSyncExit(
          newest({ disk, directory: "d", job: "j" }, (warning) => warnings.push(warning))
        )
        warned += warnings.length
        if (Exit.isFailure(exit)) {
          // a flip in the version number: refused by name
          refused++
          assert.match(String(Cause.squash(exit.cause)), /format version/)
          return
        }
        const older = { ...states[0]!, fellBack: true }
        assert.deepStrictEqual(exit.value, warnings.length > 0 ? older : states[1])
      }),
      { numRuns: 2000, seed }
    )
    assert.ok(warned > 500, `${warned} warned, ${refused} refused`)
  })
})

describe("Lease", () => {
  const owner = (run: string, attempt = 1, job = "j"): Lease.LeaseOwner => ({ job, run, attempt })

  it("acquire() gives a directory to one live holder at a time, and to the next after a crash", () => {
    const move = fc.record({
      kind: fc.constantFrom("acquire", "release", "kill", "crash", "stranger" as const),
      run: fc.constantFrom("1", "2"),
      attempt: fc.integer({ min: 1, max: 3 })
    })
    fc.assert(
      fc.property(fc.array(move, { maxLength: 20 }), fc.nat(), (moves, choice) => {
        const disk = new SimulatedDisk({ decisions: decisions(choice), turns: false })
        let held: { readonly lease: Lease.Lease; readonly owner: Lease.LeaseOwner } | undefined
        for (const { kind, run, attempt } of moves) {
          if (kind === "release") {
            if (held !== undefined) Effect.runSync(held.lease.release)
            held = undefined
          } else if (kind === "kill" || kind === "crash") {
            disk[kind]()
            held = undefined
          } else if (kind === "acquire") {
            const wanted = owner(run, attempt)
            const exit = Effect.runSyncExit(Lease.acquire(disk, "out", wanted))
            const free = held === undefined ||
              held.owner.run === run && held.owner.attempt <= attempt
            assert.equal(Exit.isSuccess(exit), free)
            if (Exit.isSuccess(exit)) held = { lease: exit.value, owner: wanted }
          } else if (held !== undefined) {
            const exit = Effect.runSyncExit(Lease.acquire(disk, "out", owner("9", 1, "other")))
            assert.ok(Exit.isFailure(exit))
            const error = Cause.squash(exit.cause)
            assert.ok(error instanceof Lease.LeaseFault)
            assert.match(
              error.message,
              /^Cannot use the directory "out" for job "other": job "j" \(process \d+, run \d, attempt \d\) is writing there; put the statements that write there into one EXECUTE STATEMENT SET, or choose another directory$/
            )
          }
        }
        const left = disk.files().filter((file) => !file.startsWith(`out/${Lease.leaseName}`))
        assert.deepStrictEqual(left, [])
      }),
      { numRuns: 500, seed }
    )
  })

  it("release() leaves a lease that has another holder by now", () => {
    const disk = new SimulatedDisk({ decisions: decisions(1), turns: false })
    const first = Effect.runSync(Lease.acquire(disk, "out", owner("1", 1)))
    const second = Effect.runSync(Lease.acquire(disk, "out", owner("1", 2)))
    Effect.runSync(first.release)
    assert.deepStrictEqual(disk.files(), [`out/${Lease.leaseName}`])
    Effect.runSync(second.release)
    assert.deepStrictEqual(disk.files(), [])
  })

  it("acquire() takes over a lease that was torn, and names the host of one elsewhere", () => {
    const disk = new SimulatedDisk({ decisions: decisions(1), turns: false })
    disk.makeDirectory("out")
    disk.createExclusive(`out/${Lease.leaseName}`, new TextEncoder().encode('{"pid":1'))
    Effect.runSync(Lease.acquire(disk, "out", owner("1")))
    const fault = new Lease.LeaseFault({
      directory: "out",
      wanted: "b",
      here: false,
      own: false,
      holder: { ...owner("1"), pid: 7, started: undefined, host: "far" }
    })
    assert.match(
      fault.message,
      /process 7 on host "far", .*; when that process has ended, remove "out\/.millrace-lease"/
    )
  })
})
