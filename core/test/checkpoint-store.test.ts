/** The checkpoint store on the real disk: layout, retention, runs, refusals, what the command lists. */
import assert from "node:assert/strict"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { after, describe, it } from "node:test"
import * as Effect from "effect/Effect"
import { CheckpointFault } from "../src/checkpoint/checkpoint-fault.ts"
import { listCheckpoints, newest } from "../src/checkpoint/checkpoint-reader.ts"
import * as FileStore from "../src/checkpoint/file-store.ts"
import * as RunId from "../src/checkpoint/run-id.ts"
import type { CheckpointState } from "../src/checkpoint/store.ts"
import { hostDisk } from "../src/runtime/host/disk.ts"

const root = fs.mkdtempSync(path.join(os.tmpdir(), "millrace-store-"))
after(() => fs.rmSync(root, { recursive: true, force: true }))

let count = 0
const fresh = (): string => `${root}/${++count}`

/** A checkpoint with `bytes` of keyed state, so that 20 KB and more go to a segment. */
function state(run: string, checkpoint: number, bytes = 100): CheckpointState {
  return {
    job: "delays",
    run,
    checkpoint,
    attempt: 1,
    final: false,
    groupsMax: 128,
    enumerators: new Map([["scan", { next: checkpoint, seen: ["a", 1n] }]]),
    names: new Map([["scan", "flights[1]: scan"]]),
    subtasks: [
      {
        task: "window",
        subtask: 0,
        operators: new Map([
          ["w", {
            groups: new Map([[3, new Uint8Array(bytes).fill(checkpoint)], [7, new Uint8Array(0)]])
          }],
          ["s", { items: [{ path: "x", at: 2 ** 40 }], union: [] }]
        ])
      },
      { task: "window", subtask: 1, operators: new Map() }
    ]
  }
}

function make(directory: string, run: string, retained = 1): FileStore.FileStore {
  return FileStore.make({ disk: hostDisk, directory, job: "delays", run, retained })
}

const write = (store: FileStore.FileStore, given: CheckpointState): Promise<number> =>
  Effect.runPromise(store.write(given))

const warnings: Array<string> = []
const read = (directory: string): Promise<CheckpointState | undefined> =>
  Effect.runPromise(newest({ disk: hostDisk, directory, job: "delays" }, (w) => warnings.push(w)))

describe("FileStore", () => {
  it("newest() gives back what write() took, small and large", async () => {
    for (const bytes of [0, 20 * 1024 - 200, 20 * 1024 + 1, 3_000_000]) {
      const directory = fresh()
      assert.equal(await read(directory), undefined)
      const run = RunId.next(hostDisk, directory, "delays", 1_800_000_000_000)
      assert.equal(run, `1-${(1_800_000_000_000).toString(36)}`)
      assert.equal(await read(directory), undefined)
      const store = make(directory, run)
      const written = await write(store, state(run, 1, bytes))
      assert.ok(written > bytes && written < bytes * 1.4 + 1500, `${written}`)
      const segment = fs.existsSync(`${store.path}/chk-1/segment-0`)
      assert.equal(segment, bytes > 20 * 1024)
      assert.deepStrictEqual(await read(directory), state(run, 1, bytes))
    }
  })

  it("write() keeps as many checkpoints as are retained, and leaves nothing hidden", async () => {
    const directory = fresh()
    const run = RunId.next(hostDisk, directory, "delays")
    const store = make(directory, run, 2)
    for (const n of [1, 2, 5, 6]) await write(store, state(run, n))
    assert.deepStrictEqual(fs.readdirSync(store.path).sort(), ["chk-5", "chk-6"])
    await assert.rejects(write(store, state(run, 6)), /checkpoint numbers rise/)
  })

  it("write() removes older runs only after the new run's first checkpoint, newest() looks at the newest run", async () => {
    const directory = fresh()
    const first = RunId.next(hostDisk, directory, "delays")
    await write(make(directory, first), state(first, 4))
    const last = RunId.next(hostDisk, directory, "delays", 7)
    assert.equal(last, "2-7")
    // a run without a complete checkpoint is taken again
    assert.equal(RunId.next(hostDisk, directory, "delays", 8), last)
    assert.equal(await read(directory), undefined)
    assert.ok(fs.existsSync(`${directory}/delays/1/chk-4`))
    await write(make(directory, last), state(last, 1))
    assert.deepStrictEqual(fs.readdirSync(`${directory}/delays`), [last])
  })

  it("RunId.list() orders runs by number, not by text", () => {
    const directory = fresh()
    for (const name of ["9-z", "10-a", "2", "x", "1-"]) {
      fs.mkdirSync(`${directory}/delays/${name}`, { recursive: true })
    }
    assert.deepStrictEqual(RunId.list(hostDisk, directory, "delays"), ["2", "9-z", "10-a"])
  })

  it("newest() skips a broken checkpoint with a warning, and refuses when none is usable", async () => {
    const directory = fresh()
    const run = RunId.next(hostDisk, directory, "delays")
    const store = make(directory, run, 2)
    await write(store, state(run, 1, 50000))
    await write(store, state(run, 2, 50000))
    const segment = `${store.path}/chk-2/segment-0`
    const bytes = fs.readFileSync(segment)
    bytes[40000]! ^= 4
    fs.writeFileSync(segment, bytes)
    warnings.length = 0
    assert.deepStrictEqual(await read(directory), { ...state(run, 1, 50000), fellBack: true })
    assert.equal(warnings.length, 1)
    assert.match(
      warnings[0]!,
      /chk-2": the state at byte 0 of its segment does not match its checksum; /
    )
    fs.truncateSync(`${store.path}/chk-1/manifest`, 70)
    await assert.rejects(read(directory), (fault: unknown) => {
      assert.ok(fault instanceof CheckpointFault)
      assert.equal(fault.reason, "exhausted")
      assert.match(
        fault.message,
        /has no other that is complete; mend it from a copy, or start a new run$/
      )
      return true
    })
  })

  it("write() after a fallback gives the broken number again", async () => {
    const directory = fresh()
    const run = RunId.next(hostDisk, directory, "delays")
    const store = make(directory, run, 2)
    await write(store, state(run, 1))
    await write(store, state(run, 2))
    fs.rmSync(`${store.path}/chk-2/manifest`)
    await write(make(directory, run, 2), state(run, 2, 30000))
    assert.deepStrictEqual(await read(directory), state(run, 2, 30000))
    await assert.rejects(
      write(make(directory, run, 2), state(run, 1)),
      /chk-2": it is complete and not older/
    )
  })

  it("forget() gives up all that is newer for good, also what can be read again later", async () => {
    const directory = fresh()
    const run = RunId.next(hostDisk, directory, "delays")
    const store = make(directory, run, 3)
    for (const n of [1, 2, 3]) await write(store, state(run, n))
    await Effect.runPromise(make(directory, run, 3).forget(1))
    assert.deepStrictEqual(await read(directory), state(run, 1))
    const next = make(directory, run, 3)
    await write(next, state(run, 2, 30000))
    assert.deepStrictEqual(await read(directory), state(run, 2, 30000))
    assert.deepStrictEqual(fs.readdirSync(next.path).sort(), ["chk-1", "chk-2"])
  })

  it("newest() refuses a checkpoint of another version, and skips one of another job", async () => {
    const directory = fresh()
    const run = RunId.next(hostDisk, directory, "delays")
    const store = make(directory, run, 2)
    await write(store, state(run, 1))
    await write(store, state(run, 2))
    const other = FileStore.make({
      disk: hostDisk,
      directory: fresh(),
      job: "other",
      run,
      retained: 1
    })
    await write(other, { ...state(run, 2), job: "other" })
    fs.cpSync(`${other.path}/chk-2`, `${store.path}/chk-2`, { recursive: true })
    warnings.length = 0
    assert.equal((await read(directory))?.checkpoint, 1)
    assert.match(warnings[0]!, /belongs to job "other", not "delays"/)
    const manifest = `${store.path}/chk-2/manifest`
    fs.writeFileSync(
      manifest,
      fs.readFileSync(manifest, "utf8").replace("checkpoint 3 ", "checkpoint 9 ")
    )
    await assert.rejects(read(directory), /it has format version 9/)
  })

  it("settle() marks a final checkpoint only, and isSettled() finds the mark", async () => {
    const directory = fresh()
    const run = RunId.next(hostDisk, directory, "delays")
    const store = make(directory, run)
    const settled = async (): Promise<boolean> =>
      FileStore.isSettled(hostDisk, directory, (await read(directory))!)
    await Effect.runPromise(store.settle)
    await write(store, state(run, 1))
    await Effect.runPromise(store.settle)
    assert.equal(await settled(), false)
    await write(store, { ...state(run, 2), final: true })
    assert.equal(await settled(), false)
    await Effect.runPromise(store.settle)
    await Effect.runPromise(store.settle)
    assert.equal(await settled(), true)
  })

  it("listCheckpoints() names jobs, runs, numbers and what is wrong", async () => {
    const directory = fresh()
    const run = RunId.next(hostDisk, directory, "delays")
    const store = make(directory, run, 3)
    await write(store, { ...state(run, 1, 50000), attempt: 4 })
    await write(store, { ...state(run, 2, 50000), final: true })
    fs.appendFileSync(`${store.path}/chk-1/segment-0`, "x")
    const list = listCheckpoints(hostDisk, directory, { verify: false })
    assert.deepStrictEqual(
      list.map((e) => [e.job, e.run, e.checkpoint, e.attempt, e.final, e.problem]),
      [["delays", run, 1, 4, false, undefined], ["delays", run, 2, 1, true, undefined]]
    )
    assert.ok(list[1]!.bytes > 50000)
    const verified = listCheckpoints(hostDisk, directory, { verify: true })
    assert.match(verified[0]!.problem!, /its segment has 50\d\d\d bytes, not 50\d\d\d$/)
    assert.equal(verified[1]!.problem, undefined)
  })
})
