/** The real disk: what it does is what the contract says, and each refusal says what to do. */
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { after, describe, it } from "node:test"
import * as Effect from "effect/Effect"
import { DiskFault } from "../src/checkpoint/disk.ts"
import { hostDisk } from "../src/runtime/host/disk.ts"
import { hostProcesses } from "../src/runtime/host/process.ts"

const root = fs.mkdtempSync(path.join(os.tmpdir(), "millrace-disk-"))
after(() => fs.rmSync(root, { recursive: true, force: true }))

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function refused(call: () => unknown, reason: string, words: RegExp): void {
  assert.throws(call, (fault: unknown) => {
    assert.ok(fault instanceof DiskFault)
    assert.equal(fault.reason, reason)
    assert.match(fault.message, words)
    return true
  })
}

describe("hostDisk", () => {
  it("open() appends, reads at any place, truncates and goes on at the new end", async () => {
    const file = hostDisk.open(`${root}/a`, "create")
    file.write(bytes("hello world"))
    await Effect.runPromise(file.sync)
    file.truncate(5)
    file.write(bytes("!"))
    assert.equal(file.size(), 6)
    const into = new Uint8Array(10)
    assert.equal(file.read(into, 1), 5)
    assert.deepEqual(into.slice(0, 5), bytes("ello!"))
    file.close()
    file.close()
    const again = hostDisk.open(`${root}/a`, "append")
    again.write(bytes("?"))
    assert.equal(again.size(), 7)
    again.close()
    const fresh = hostDisk.open(`${root}/a`, "create")
    assert.equal(fresh.size(), 0)
    fresh.close()
  })

  it("list() gives files and directories in the order of their names", () => {
    hostDisk.makeDirectory(`${root}/l/z/deep`)
    hostDisk.makeDirectory(`${root}/l/z/deep`)
    hostDisk.open(`${root}/l/b`, "create").close()
    hostDisk.open(`${root}/l/B`, "create").close()
    fs.symlinkSync("/nowhere/at/all", `${root}/l/broken`)
    const entries = hostDisk.list(`${root}/l`)
    assert.deepEqual(entries.map((e) => e.path), ["B", "b", "z"].map((n) => `${root}/l/${n}`))
    assert.deepEqual(entries.map((e) => e.directory), [false, false, true])
  })

  it("createExclusive() creates once, with its content, and leaves no draft", () => {
    hostDisk.makeDirectory(`${root}/x`)
    assert.equal(hostDisk.createExclusive(`${root}/x/lease`, bytes("1")), true)
    assert.equal(hostDisk.createExclusive(`${root}/x/lease`, bytes("2")), false)
    assert.deepEqual(fs.readdirSync(`${root}/x`), ["lease"])
    assert.equal(fs.readFileSync(`${root}/x/lease`, "utf8"), "1")
  })

  it("createExclusive() goes around drafts that a killed process with the same id left", () => {
    hostDisk.makeDirectory(`${root}/y`)
    for (let number = 1; number < 50; number++) {
      fs.writeFileSync(`${root}/y/..lease.${hostProcesses.own.pid}.${number}`, "torn")
    }
    assert.equal(hostDisk.createExclusive(`${root}/y/lease`, bytes("1")), true)
    assert.equal(fs.readFileSync(`${root}/y/lease`, "utf8"), "1")
    assert.equal(fs.readdirSync(`${root}/y`).length, 50)
  })

  it("rename(), remove() and syncDirectory() work on files and trees", async () => {
    hostDisk.makeDirectory(`${root}/t/sub`)
    hostDisk.rename(`${root}/t`, `${root}/u`)
    await Effect.runPromise(hostDisk.syncDirectory(root))
    hostDisk.remove(`${root}/u`)
    hostDisk.remove(`${root}/u`)
    assert.equal(hostDisk.stat(`${root}/u`), undefined)
    assert.equal(hostDisk.stat("/etc/passwd/x"), undefined)
  })

  it("makeDirectory() refuses a path below a file or below /proc, and returns", () => {
    refused(
      () => hostDisk.makeDirectory("/etc/passwd/x/y"),
      "NotADirectory",
      /"\/etc\/passwd" is a file/
    )
    if (fs.existsSync("/proc/self")) {
      refused(
        () => hostDisk.makeDirectory("/proc/millrace/x"),
        "NoPermission",
        /choose another path/
      )
    }
  })

  it("open() and write() say what is wrong and what to do", () => {
    refused(
      () => hostDisk.open(`${root}/none`, "read"),
      "NotFound",
      /^Cannot open ".*none": ENOENT: /
    )
    refused(() => hostDisk.list("/etc/passwd"), "NotADirectory", /ENOTDIR/)
    if (fs.existsSync("/dev/full")) {
      const full = hostDisk.open("/dev/full", "append")
      refused(() => full.write(bytes("x")), "NoSpace", /no space is left on the device; free some/)
      full.close()
    }
  })
})

describe("hostProcesses", () => {
  it("isAlive() knows this process, a living child and an ended one", async () => {
    assert.equal(hostProcesses.isAlive(hostProcesses.own), true)
    assert.equal(hostProcesses.isAlive({ ...hostProcesses.own, host: "elsewhere" }), true)
    const child = spawn("sleep", ["30"])
    const pid = child.pid!
    assert.equal(hostProcesses.isAlive({ pid, started: undefined, host: os.hostname() }), true)
    const ended = new Promise((resolve) => child.once("exit", resolve))
    child.kill("SIGKILL")
    await ended
    assert.equal(hostProcesses.isAlive({ pid, started: undefined, host: os.hostname() }), false)
    if (hostProcesses.own.started !== undefined) {
      assert.equal(hostProcesses.isAlive({ ...hostProcesses.own, started: "0:1" }), false)
    }
  })
})
