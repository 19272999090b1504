/**
 * A disk in memory that keeps just what {@link Disk} promises. `crash()` loses, at the choice of `decisions`, any part of what was
 * not made durable: names one by one, contents whole, cut or with blocks of zeros; what was synced always stays.
 *
 * **Shape** an inode has its volatile state, which calls see, and its durable state. A change of names is a pending operation until its
 * directory is synced; a crash keeps any subset of the pending ones, in order, each of them (also a rename) whole or not at all.
 */
import * as Effect from "effect/Effect"
import {
  type Disk,
  DiskFault,
  type DiskReason,
  type FileStat,
  type OpenFile,
  type Processes
} from "../checkpoint/disk.ts"
import { assert } from "../fault.ts"

/** Where the choices of a crash come from: a whole number in `[0, n)`. */
export interface DiskDecisions {
  pick(n: number): number
}

/** What a simulated disk is made with. */
export interface SimulatedDiskOptions {
  readonly decisions: DiskDecisions
  /** All contents together; a write beyond it writes what fits and fails. Default: no limit. */
  readonly capacityBytes?: number
  /** Asked before each call; a reason makes it fail. */
  readonly refuse?: (action: string, path: string) => DiskReason | undefined
  /** Whether a sync takes a turn of the scheduler, so that other fibers come between. Default: true; false lets effects run by `runSync`. */
  readonly turns?: boolean
}

class Inode {
  readonly directory: boolean
  names: Map<string, Inode> = new Map()
  durableNames: Map<string, Inode> = new Map()
  data: Uint8Array = new Uint8Array(0)
  durableData: Uint8Array = new Uint8Array(0)
  modifiedMillis = 0

  constructor(directory: boolean) {
    this.directory = directory
  }
}

/** One change of names: `node` leaves `from` and enters `to`. */
interface Move {
  readonly node: Inode
  readonly from?: { readonly directory: Inode; readonly name: string }
  readonly to?: { readonly directory: Inode; readonly name: string }
}

/** See the head of this file. Paths are taken as they are, split at `/`; `.` parts do not count. */
export class SimulatedDisk implements Disk {
  capacityBytes: number
  readonly processes: Processes
  private readonly decisions: DiskDecisions
  private readonly refuse: (action: string, path: string) => DiskReason | undefined
  private readonly turn: Effect.Effect<void>
  private readonly root = new Inode(true)
  private pending: Array<Move> = []
  private generation = 1
  private clockMillis = 0

  constructor(options: SimulatedDiskOptions) {
    this.decisions = options.decisions
    this.capacityBytes = options.capacityBytes ?? Infinity
    this.refuse = options.refuse ?? (() => undefined)
    this.turn = options.turns === false ? Effect.void : Effect.yieldNow
    const pid = (): number => this.generation
    this.processes = {
      get own() {
        return { pid: pid(), started: "simulated", host: "simulated" }
      },
      isAlive: (id) => id.pid === pid()
    }
  }

  /** The power fails: open files are gone, the process is another one, and what was not durable may be lost. */
  crash(): void {
    this.generation++
    for (const move of this.pending) {
      if (this.decisions.pick(2) === 0) applyDurably(move)
    }
    this.pending = []
    this.settle(this.root)
  }

  /** The process dies and the machine goes on: nothing is lost but open files. */
  kill(): void {
    this.generation++
  }

  /** Change one bit of a file, in what is read and in what is durable. Answers false when the file is empty or missing. */
  flip(path: string, bit: number): boolean {
    const node = this.find(path)
    if (node === undefined || node.data.length === 0) return false
    node.data = node.data.slice()
    const at = Math.floor(bit / 8) % node.data.length
    node.data[at] = node.data[at]! ^ (1 << (bit % 8))
    node.durableData = node.data
    return true
  }

  /** All files by path, sorted: for assertions. */
  files(): ReadonlyArray<string> {
    const found: Array<string> = []
    const walk = (node: Inode, path: string): void => {
      for (const [name, child] of node.names) {
        if (child.directory) walk(child, `${path}${name}/`)
        else found.push(path + name)
      }
    }
    walk(this.root, "")
    return found.sort()
  }

  open(path: string, mode: "read" | "append" | "create"): OpenFile {
    this.check("open", path)
    let node = this.find(path)
    if (node?.directory === true) throw fault("open", path, "IsADirectory")
    if (node === undefined) {
      if (mode === "read") throw fault("open", path, "NotFound")
      node = new Inode(false)
      this.move({ node, to: this.place("open", path) })
    }
    if (mode === "create") node.data = new Uint8Array(0)
    return this.handle(path, node)
  }

  list(path: string): ReadonlyArray<FileStat> {
    this.check("list", path)
    const node = this.need("list", path)
    if (!node.directory) throw fault("list", path, "NotADirectory")
    return [...node.names.keys()].sort().map((name) =>
      statOf(`${path}/${name}`, node.names.get(name)!)
    )
  }

  stat(path: string): FileStat | undefined {
    this.check("stat", path)
    const node = this.find(path)
    return node === undefined ? undefined : statOf(path, node)
  }

  makeDirectory(path: string): void {
    this.check("make the directory", path)
    let at = this.root
    for (const name of split(path)) {
      let next = at.names.get(name)
      if (next === undefined) {
        next = new Inode(true)
        this.move({ node: next, to: { directory: at, name } })
      }
      if (!next.directory) throw fault("make the directory", path, "NotADirectory")
      at = next
    }
  }

  rename(from: string, to: string): void {
    this.check("rename", from)
    const node = this.need("rename", from)
    const target = this.find(to)
    if (target !== undefined && target !== node) {
      if (target.directory && target.names.size > 0) throw fault("rename", from, "Exists")
      if (target.directory !== node.directory) throw fault("rename", from, "IsADirectory")
    }
    this.move({ node, from: this.place("rename", from), to: this.place("rename", to) })
  }

  remove(path: string): void {
    this.check("remove", path)
    const node = this.find(path)
    if (node === undefined) return
    for (const name of node.names.keys()) this.remove(`${path}/${name}`)
    this.move({ node, from: this.place("remove", path) })
  }

  createExclusive(path: string, bytes: Uint8Array): boolean {
    this.check("create", path)
    if (this.find(path) !== undefined) return false
    const node = new Inode(false)
    const place = this.place("create", path)
    this.write(path, node, bytes)
    this.move({ node, to: place })
    return true
  }

  syncDirectory(path: string): Effect.Effect<void, DiskFault> {
    return this.later(() => {
      this.check("make durable", path)
      const node = this.need("make durable", path)
      this.pending = this.pending.filter((move) => {
        const touches = move.from?.directory === node || move.to?.directory === node
        if (touches) applyDurably(move)
        return !touches
      })
    })
  }

  private handle(path: string, node: Inode): OpenFile {
    const generation = this.generation
    let open = true
    const alive = (): void => assert(open && generation === this.generation, `"${path}" is open`)
    return {
      path,
      size: () => (alive(), node.data.length),
      read: (into, at) => {
        alive()
        this.check("read", path)
        const part = node.data.subarray(at, at + into.length)
        into.set(part)
        return part.length
      },
      write: (bytes) => {
        alive()
        this.check("write", path)
        this.write(path, node, bytes)
      },
      truncate: (lengthBytes) => {
        alive()
        this.check("truncate", path)
        const data = new Uint8Array(lengthBytes)
        data.set(node.data.subarray(0, lengthBytes))
        node.data = data
      },
      sync: this.later(() => {
        this.check("make durable", path)
        if (generation === this.generation) node.durableData = node.data
      }),
      close: () => {
        open = false
      }
    }
  }

  private later(call: () => void): Effect.Effect<void, DiskFault> {
    return Effect.flatMap(this.turn, () => {
      try {
        return Effect.succeed(call())
      } catch (error) {
        if (error instanceof DiskFault) return Effect.fail(error)
        throw error
      }
    })
  }

  private write(path: string, node: Inode, bytes: Uint8Array): void {
    const room = this.capacityBytes - this.used()
    const fits = bytes.length <= room ? bytes : bytes.subarray(0, Math.max(0, room))
    const data = new Uint8Array(node.data.length + fits.length)
    data.set(node.data)
    data.set(fits, node.data.length)
    node.data = data
    node.modifiedMillis = ++this.clockMillis
    if (fits.length < bytes.length) throw fault("write", path, "NoSpace")
  }

  private used(): number {
    if (this.capacityBytes === Infinity) return 0
    const sum = (node: Inode): number =>
      [...node.names.values()].reduce((total, child) => total + sum(child), node.data.length)
    return sum(this.root)
  }

  private move(move: Move): void {
    if (move.from !== undefined) move.from.directory.names.delete(move.from.name)
    if (move.to !== undefined) move.to.directory.names.set(move.to.name, move.node)
    this.pending.push(move)
  }

  /** After a crash: what is durable is what is there, and what was written and not synced is torn. */
  private settle(node: Inode): void {
    node.names = new Map(node.durableNames)
    if (!node.directory) node.data = node.durableData = this.tear(node.durableData, node.data)
    for (const child of node.names.values()) this.settle(child)
  }

  private tear(durable: Uint8Array, written: Uint8Array): Uint8Array {
    if (durable === written) return durable
    const cut = this.decisions.pick(written.length + 1)
    switch (this.decisions.pick(4)) {
      case 0:
        return durable
      case 1:
        return written
      case 2:
        return written.slice(0, Math.max(cut, commonPrefix(durable, written)))
      default: {
        const zeros = written.slice()
        return zeros.fill(0, Math.max(cut, commonPrefix(durable, written)))
      }
    }
  }

  private check(action: string, path: string): void {
    const reason = this.refuse(action, path)
    if (reason !== undefined) throw fault(action, path, reason)
  }

  private find(path: string): Inode | undefined {
    let at: Inode | undefined = this.root
    for (const name of split(path)) at = at?.names.get(name)
    return at
  }

  private need(action: string, path: string): Inode {
    const node = this.find(path)
    if (node === undefined) throw fault(action, path, "NotFound")
    return node
  }

  private place(
    action: string,
    path: string
  ): { readonly directory: Inode; readonly name: string } {
    const parts = split(path)
    const name = parts.pop()
    const directory = this.find(parts.join("/"))
    if (name === undefined || directory === undefined) throw fault(action, path, "NotFound")
    if (!directory.directory) throw fault(action, path, "NotADirectory")
    return { directory, name }
  }
}

function applyDurably(move: Move): void {
  const { from, to, node } = move
  if (from !== undefined && from.directory.durableNames.get(from.name) === node) {
    from.directory.durableNames.delete(from.name)
  }
  if (to !== undefined) to.directory.durableNames.set(to.name, node)
}

function commonPrefix(a: Uint8Array, b: Uint8Array): number {
  let at = 0
  while (at < a.length && at < b.length && a[at] === b[at]) at++
  return at
}

function split(path: string): Array<string> {
  return path.split("/").filter((part) => part !== "" && part !== ".")
}

function statOf(path: string, node: Inode): FileStat {
  const { directory, data, modifiedMillis } = node
  return { path, directory, sizeBytes: data.length, modifiedMillis }
}

function fault(action: string, path: string, reason: DiskReason): DiskFault {
  return new DiskFault({ action, path, reason, detail: `${reason} (simulated)` })
}
