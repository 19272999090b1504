/** The lease between real processes on the real disk. */
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { after, describe, it } from "node:test"
import * as Effect from "effect/Effect"
import * as Lease from "../src/checkpoint/lease.ts"
import type { AnyFault } from "../src/fault.ts"
import { hostDisk } from "../src/runtime/host/disk.ts"

const root = fs.mkdtempSync(path.join(os.tmpdir(), "millrace-lease-"))
after(() => fs.rmSync(root, { recursive: true, force: true }))

const owner = { job: "delays", run: "3-x", attempt: 1 }
const acquire = (directory: string, wanted: Lease.LeaseOwner = owner): Promise<Lease.Lease> =>
  Effect.runPromise(Lease.acquire(hostDisk, directory, wanted))

describe("Lease", () => {
  it("acquire() makes the directory and names this process; release() removes the file", async () => {
    const directory = `${root}/a/b`
    const lease = await acquire(directory)
    const holder = JSON.parse(fs.readFileSync(`${directory}/${Lease.leaseName}`, "utf8"))
    assert.equal(holder.pid, process.pid)
    assert.deepEqual([holder.job, holder.run, holder.attempt], ["delays", "3-x", 1])
    await Effect.runPromise(lease.release)
    await Effect.runPromise(lease.release)
    assert.deepEqual(fs.readdirSync(directory), [])
  })

  it("acquire() is refused while another process lives, and takes over when it was killed", async () => {
    const directory = `${root}/c`
    fs.mkdirSync(directory)
    const child = spawn("sleep", ["60"])
    const ended = new Promise((resolve) => child.once("exit", resolve))
    const holder = { pid: child.pid, host: os.hostname(), ...owner, job: "other" }
    fs.writeFileSync(`${directory}/${Lease.leaseName}`, `${JSON.stringify(holder)}\n`)
    await assert.rejects(acquire(directory), (fault: AnyFault) => {
      assert.equal(fault._tag, "LeaseFault")
      assert.equal(
        fault.message,
        `Cannot use the directory "${directory}" for job "delays": job "other" (process ${child.pid}, ` +
          `run 3-x, attempt 1) is writing there; wait until it ends, stop process ${child.pid}, or choose another directory`
      )
      return true
    })
    child.kill("SIGKILL")
    await ended
    const lease = await acquire(directory)
    assert.deepEqual(fs.readdirSync(directory), [Lease.leaseName])
    await Effect.runPromise(lease.release)
  })

  it("acquire() takes over from a process whose pid was given again", async (t) => {
    if (hostDisk.processes!.own.started === undefined) {
      t.skip("this system does not tell when a process started")
      return
    }
    const directory = `${root}/d`
    fs.mkdirSync(directory)
    const holder = { ...hostDisk.processes!.own, started: "boot:1", ...owner, job: "other" }
    fs.writeFileSync(`${directory}/${Lease.leaseName}`, JSON.stringify(holder))
    await acquire(directory)
  })

  it("acquire() removes what a process that died in a takeover had moved away, and nothing of a live one", async () => {
    const directory = `${root}/f`
    fs.mkdirSync(directory)
    const child = spawn("sleep", ["0"])
    await new Promise((resolve) => child.once("exit", resolve))
    const dead = { pid: child.pid, host: os.hostname(), ...owner, job: "other" }
    const litter = `${Lease.leaseName}.${child.pid}`
    const taking = `${Lease.leaseName}.${process.ppid}`
    for (const name of [litter, taking]) {
      fs.writeFileSync(`${directory}/${name}`, `${JSON.stringify(dead)}\n`)
    }
    fs.writeFileSync(`${directory}/${Lease.leaseName}.txt`, "")
    const lease = await acquire(directory)
    assert.deepEqual(
      fs.readdirSync(directory).sort(),
      [Lease.leaseName, taking, `${Lease.leaseName}.txt`].sort()
    )
    await Effect.runPromise(lease.release)
  })

  it("acquire() keeps two jobs of one process apart, and lets a restarted attempt in", async () => {
    const directory = `${root}/e`
    const first = await acquire(directory)
    await assert.rejects(
      acquire(directory, { ...owner, run: "4-y" }),
      /run 3-x, attempt 1\) is writing there; put the statements that write there into one EXECUTE STATEMENT SET/
    )
    const second = await acquire(directory, { ...owner, attempt: 2 })
    await assert.rejects(acquire(directory), /attempt 2\) is writing there/)
    await Effect.runPromise(first.release)
    assert.deepEqual(fs.readdirSync(directory), [Lease.leaseName])
    await Effect.runPromise(second.release)
  })
})
