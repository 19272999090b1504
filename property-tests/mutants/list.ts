/** The mutants of the checkpointing engine. Where an assertion of the engine would see the breach first, it is taken out too. */
import type { Edit, Mutant } from "./mutant.ts"

const noGateAssertion: Edit = {
  file: "runtime/gate.ts",
  before:
    'assert(this.arrived[lane] === 0, "nothing is taken from a lane between its barrier and the cut")',
  after: ""
}

const noOutboxAssertion: Edit = {
  file: "runtime/channel.ts",
  before: 'assert(this.outbox.length < outboxMax, "an outbox holds one deal")',
  after: ""
}

/** All of them. */
export const mutants: ReadonlyArray<Mutant> = [
  {
    name: "no alignment",
    rule: "K6",
    edits: [noGateAssertion, {
      file: "runtime/gate.ts",
      before: "this.lanes[lane]!.blocked = true",
      after: ""
    }]
  },
  {
    name: "unblocks early",
    rule: "K6",
    edits: [noGateAssertion, {
      file: "runtime/gate.ts",
      before: "this.lanes[lane]!.blocked = true",
      after: "this.lanes[lane]!.blocked = this.arrivedCount < 2"
    }]
  },
  {
    name: "snapshot at the first barrier",
    rule: "K3",
    edits: [{
      file: "runtime/gate.ts",
      before: "if (this.arrivedCount + this.endedCount < this.lanes.length) return undefined",
      after: ""
    }]
  },
  {
    name: "an aborted alignment is carried on",
    rule: "K10",
    edits: [noGateAssertion, {
      file: "runtime/gate.ts",
      before: "if (aligning !== undefined && aligning.checkpoint < barrier.checkpoint) this.open()",
      after: ""
    }, {
      file: "runtime/gate.ts",
      before:
        "if (this.aligning !== undefined && this.aligning.checkpoint <= checkpoint) this.open()",
      after: ""
    }]
  },
  {
    name: "watermark is the greatest of the lanes",
    rule: "K8",
    edits: [{
      file: "runtime/gate.ts",
      before: "if (this.watermarks[i]! < least) least = this.watermarks[i]!",
      after: "least = Math.max(least === Infinity ? -Infinity : least, this.watermarks[i]!)"
    }]
  },
  {
    name: "barrier before the builders are flushed",
    rule: "K1",
    edits: [{
      file: "runtime/output.ts",
      before: `    this.flush()
    for (let i = 0; i < this.channels.length; i++) this.send(i, element)`,
      after: `    for (let i = 0; i < this.channels.length; i++) this.send(i, element)
    this.flush()`
    }]
  },
  {
    name: "a large batch overtakes the rows that are being collected",
    rule: "K4",
    edits: [{
      file: "runtime/output.ts",
      before: `      this.emptyBuilder(k)
      this.emit(k, onMainPort(batch))`,
      after: "      this.emit(k, onMainPort(batch))"
    }, {
      file: "runtime/output.ts",
      before: `      this.emptyBuilder(k)
      this.emit(k, pick(batch, this.order.subarray(from, to), rows))`,
      after: "      this.emit(k, pick(batch, this.order.subarray(from, to), rows))"
    }]
  },
  {
    name: "marks go to one channel only",
    rule: "K7",
    edits: [{
      file: "runtime/output.ts",
      before: `    this.flush()
    for (let i = 0; i < this.channels.length; i++) this.send(i, element)`,
      after: `    this.flush()
    for (let i = 0; i < 1; i++) this.send(i, element)`
    }]
  },
  {
    name: "drops batches when a lane is full",
    rule: "K3",
    edits: [noOutboxAssertion, {
      file: "runtime/channel.ts",
      before: "this.outbox.push(element)",
      after: "if (element.tag !== 0) this.outbox.push(element)"
    }]
  },
  {
    name: "what waits for room is forgotten when the task rests",
    rule: "K7",
    edits: [{
      file: "runtime/chain.ts",
      before: "if (output !== undefined && output.ready()) output.flush()",
      after: "if (output !== undefined && output.pending && output.ready()) output.flush()"
    }]
  },
  {
    name: "complete on any acknowledgement",
    rule: "K5",
    edits: [{
      file: "runtime/coordinator.ts",
      before: "if (open.parts.size < this.members.length) return",
      after: ""
    }, {
      file: "runtime/coordinator.ts",
      before: 'assert(open.parts.size === this.members.length, "a checkpoint is of all subtasks")',
      after: ""
    }, {
      file: "runtime/coordinator.ts",
      before: "subtasks: this.members.map((_, index) => open.parts.get(index)!)",
      after: "subtasks: [...open.parts.values()]"
    }]
  },
  {
    name: "a late acknowledgement of an aborted checkpoint counts",
    rule: "K10",
    edits: [{
      file: "runtime/coordinator.ts",
      before: `if (open === undefined || open.checkpoint !== checkpoint) return
    assert(!open.parts.has(index), "a subtask acknowledges a checkpoint once")`,
      after: "if (open === undefined) return"
    }]
  },
  {
    name: "complete before it is stored",
    rule: "K5",
    edits: [{
      file: "runtime/coordinator.ts",
      before: "    const { checkpoint } = open\n    open.storing =",
      after: `    const { checkpoint } = open
    for (const { mailbox } of this.members) mailbox.tell({ _tag: "Complete", checkpoint })
    open.storing =`
    }]
  },
  {
    name: "enumerators are asked when the checkpoint is stored",
    rule: "K3",
    edits: [{
      file: "runtime/coordinator.ts",
      before: "enumerators: open.enumerators,",
      after:
        "enumerators: new Map([...this.parts.enumerators].map(([id, one]) => [id, one.snapshot()])),"
    }]
  },
  {
    name: "the last checkpoint comes when one source has ended",
    rule: "K4",
    edits: [{
      file: "runtime/coordinator.ts",
      before: "this.exhausted.size === this.sources",
      after: "this.exhausted.size > 0"
    }]
  },
  {
    name: "assignments overtake triggers",
    rule: "K3",
    edits: [{
      file: "actor/mailbox.ts",
      before: "this.controls.push(control)",
      after:
        'if (control._tag === "Assign") this.controls.unshift(control)\n    else this.controls.push(control)'
    }]
  },
  {
    name: "positions are taken when the barrier leaves",
    rule: "K3",
    edits: [{
      file: "source/source-operator.ts",
      before: "return this.lastCut?.snapshot",
      after: `return {
      items: this.reader.snapshot().map((split): Plain => ({
        split: split as Plain,
        watermark: toPlain(this.times.of(split.id))
      })),
      union: this.lastCut!.snapshot.union!
    }`
    }]
  },
  {
    name: "the barrier leaves before what was polled",
    rule: "K3",
    edits: [{
      file: "source/source-operator.ts",
      before: `    const held = this.takeHeld()
    if (held !== undefined) return held
    if (this.cuts.length > 0) {
      this.lastCut = this.cuts.shift()!
      return this.lastCut.barrier
    }`,
      after: `    if (this.cuts.length > 0) {
      this.lastCut = this.cuts.shift()!
      return this.lastCut.barrier
    }
    const held = this.takeHeld()
    if (held !== undefined) return held`
    }]
  },
  {
    name: "positions of the checkpoint before",
    rule: "K3",
    edits: [{
      file: "source/source-operator.ts",
      before: "const snapshot = { items, union: [told] }",
      after: "const snapshot = { items: this.lastCut?.snapshot.items ?? items, union: [told] }"
    }]
  },
  {
    name: "commit on the barrier",
    rule: "K4",
    edits: [{
      file: "sink/sink-operator.ts",
      before: 'this.preparing = "ready"',
      after: 'this.preparing = "ready"\n        this.complete(checkpoint)'
    }]
  },
  {
    name: "acknowledged before what was cut off is durable",
    rule: "K4",
    edits: [{
      file: "runtime/subtask.ts",
      before: `      later((items) => {
        snapshots.set(id, { ...known, items })
        arrived()
      })`,
      after: `      snapshots.set(id, { ...known, items: [] })
      arrived()`
    }, {
      file: "sink/sink-operator.ts",
      before:
        'assert(areDurable(due), "a checkpoint is complete when all that was cut off is durable")',
      after: "if (!areDurable(due)) return"
    }]
  },
  {
    name: "a snapshot forgets what an earlier barrier cut off",
    rule: "K4",
    edits: [{
      file: "sink/sink-operator.ts",
      before: "const entries = this.prepared.slice()",
      after: "const entries = this.prepared.slice(-1)"
    }]
  },
  {
    name: "a restore does not commit",
    rule: "K4",
    edits: [{
      file: "sink/sink-operator.ts",
      before: "if (left.length === 0 || this.committer === undefined) {",
      after: "if (left.length >= 0) {"
    }]
  },
  {
    name: "a restore opens the writer before all have committed",
    rule: "K4",
    edits: [{
      file: "sink/rendezvous.ts",
      before: "if (--this.remaining > 0) return",
      after: ""
    }]
  },
  {
    name: "what is being committed is no longer in the snapshot",
    rule: "K4",
    edits: [{
      file: "sink/sink-operator.ts",
      before: '    this.committing = true\n    this.reach("committing")',
      after: '    this.committing = true\n    rest()\n    this.reach("committing")'
    }]
  },
  {
    name: "a restart goes on from where the process had begun",
    rule: "K4",
    edits: [{
      file: "runtime/job.ts",
      before: "restored = (yield* newest(options, status, attempt)) ?? options.restored",
      after: "restored = options.restored"
    }]
  },
  {
    name: "key groups are dealt by the wrong bounds",
    rule: "K9",
    edits: [{
      file: "runtime/key-groups.ts",
      before: "return Math.ceil((subtask * groupsMax) / parallelism)",
      after: "return Math.floor((subtask * groupsMax) / parallelism)"
    }]
  },
  {
    name: "every subtask is restored with all items",
    rule: "K9",
    edits: [{
      file: "runtime/restore.ts",
      before: "if ((same ? owner : dealt++ % parallelism) === subtask) items.push(item)",
      after: "if (!same || owner === subtask) items.push(item)"
    }]
  },
  {
    name: "intervals and timeouts by the wall clock",
    rule: "K7",
    edits: [{
      file: "runtime/monotonic.ts",
      before: "Number(clock.monotonicTimeNanosUnsafe()) / 1e6",
      after: "clock.currentTimeMillisUnsafe()"
    }]
  },
  {
    name: "the manifest comes before the segment is durable",
    rule: "K8",
    edits: [{
      file: "checkpoint/file-store.ts",
      before: "yield* writeWhole(disk, `${draft}/segment-0`, parts)",
      after: `{
      const file = disk.open(\`\${draft}/segment-0\`, "create")
      parts.forEach((part) => file.write(part))
      file.close()
    }`
    }]
  },
  {
    name: "a checkpoint is complete before its name is durable",
    rule: "K8",
    edits: [{
      file: "checkpoint/file-store.ts",
      before: "    yield* disk.syncDirectory(path)\n    return manifest",
      after: "    return manifest"
    }]
  },
  {
    name: "old checkpoints go before the new one is durable",
    rule: "K8",
    edits: [{
      file: "checkpoint/file-store.ts",
      before: "        const bytes = yield* Effect.onError(",
      after: `        for (const old of checkpointsOf(options.disk, path)) {
          discard(options.disk, \`\${path}/\${checkpointName(old)}\`)
        }
        const bytes = yield* Effect.onError(`
    }]
  },
  {
    name: "an older checkpoint is restored and sinks take nothing back",
    rule: "K4",
    edits: [{
      file: "runtime/attempt.ts",
      before: "if (sink.rewind === undefined) return Effect.void",
      after: "if (sink.rewind !== undefined) return Effect.void"
    }]
  },
  {
    name: "sinks take back too much",
    rule: "K4",
    edits: [{
      file: "runtime/attempt.ts",
      before: "{ job: identity, disk, nowMillis }, restoredCheckpoint)",
      after: "{ job: identity, disk, nowMillis }, restoredCheckpoint - 1)"
    }]
  },
  {
    name: "a checkpoint that could not be read is taken when it can be again",
    rule: "K4",
    edits: [{
      file: "runtime/attempt.ts",
      before: "if (parts.fellBack) yield* forgetNewer(parts)",
      after: ""
    }]
  },
  {
    name: "a stopped job counts as finished",
    rule: "K4",
    edits: [{
      file: "checkpoint/file-store.ts",
      before: "return state.final && disk.stat",
      after: "return disk.stat"
    }, {
      file: "checkpoint/file-store.ts",
      before:
        "return readManifest(disk, found, { job, run, checkpoint }).final ? found : undefined",
      after: "return found"
    }]
  }
]
