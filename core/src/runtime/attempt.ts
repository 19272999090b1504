/**
 * One execution of a job: builds the subtasks of a plan, opens them, runs them under a coordinator, and takes everything
 * down again, however it ends.
 *
 * **Order** sinks prepare; newer checkpoints are forgotten, then sinks take back what those made visible; operators open; fibers run. On the way out: fibers are interrupted and waited for, operators
 * and enumerators close, what sinks prepared is released.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import { DiskService } from "../checkpoint/disk-service.ts"
import { type AnyFault, isFault } from "../fault.ts"
import type { GraphNode } from "../graph/graph.ts"
import type { Restored } from "../operator/operator.ts"
import type { SplitEnumerator } from "../source/source.ts"
import { Coordinator, type Report } from "./coordinator.ts"
import { DecisionsService } from "./decisions.ts"
import { Forks } from "./forks.ts"
import { type AttemptParts, faultAt, forker, type Ground, placing } from "./ground.ts"
import { type JobFault, RestoreFault } from "./job-fault.ts"
import { monotonicMillis } from "./monotonic.ts"
import { build, type Built } from "./subtask-builder.ts"

/** Run it to its end. Fails with {@link JobFault}; interruptible at any time. */
export function runAttempt(parts: AttemptParts): Effect.Effect<void, JobFault> {
  return Effect.catchCause(
    Effect.scoped(execute(parts)),
    (cause) => Effect.failCause(placed(cause, parts))
  )
}

function placed(cause: Cause.Cause<unknown>, parts: AttemptParts): Cause.Cause<JobFault> {
  if (Cause.hasInterruptsOnly(cause)) return cause as Cause.Cause<never>
  return Cause.fail(faultAt(parts, cause, undefined, undefined))
}

function execute(parts: AttemptParts): Effect.Effect<void, unknown, Scope.Scope> {
  return Effect.gen(function* () {
    const inbox: { of: Coordinator | undefined } = { of: undefined }
    const ground = yield* makeGround(parts, (report) => inbox.of?.tell(report))
    for (const node of parts.plan.graph.nodes) yield* prepareSink(parts, ground, node)
    if (parts.fellBack) yield* forgetNewer(parts)
    for (const node of parts.plan.graph.nodes) yield* rewindSink(parts, ground, node)
    const enumerators = new Map<string, SplitEnumerator>()
    yield* Effect.addFinalizer(() => Effect.sync(() => closeEnumerators(enumerators)))
    const coordinator = inbox.of = makeCoordinator(parts, ground, enumerators)
    openEnumerators(parts, ground, enumerators)
    const subtasks = build(parts, ground)
    for (const { subtask } of subtasks) coordinator.join(subtask)
    yield* Effect.addFinalizer(() => Effect.sync(() => closeAll(subtasks)))
    yield* Effect.addFinalizer(() => ground.forks.close)
    for (const built of subtasks) open(parts, built)
    const metrics = subtasks.map(({ subtask }) => subtask.metrics)
    parts.onStart(metrics, () => ground.tell({ _tag: "StopAsked" }))
    yield* launch(parts, subtasks, ground)
    yield* coordinator.run
  })
}

function makeGround(
  parts: AttemptParts,
  tell: (report: Report) => void
): Effect.Effect<Ground> {
  return Effect.gen(function* () {
    const services = yield* Effect.context<never>()
    const clock = yield* Clock.Clock
    return {
      identity: { id: parts.job, run: parts.run, attempt: parts.attempt },
      disk: yield* DiskService,
      decisions: yield* DecisionsService,
      nowMillis: () => clock.currentTimeMillisUnsafe(),
      monotonicMillis: () => monotonicMillis(clock),
      forks: new Forks(services),
      tell
    }
  })
}

function prepareSink(
  parts: AttemptParts,
  ground: Ground,
  node: GraphNode
): Effect.Effect<void, JobFault, Scope.Scope> {
  if (node.work.kind !== "sink") return Effect.void
  const { sink } = node.work
  if (sink.prepare === undefined) return Effect.void
  const { disk, identity, nowMillis } = ground
  const prepared = Effect.suspend(() => sink.prepare!({ job: identity, disk, nowMillis }))
  const placedThere = Effect.catchCause(
    prepared,
    (cause) => Effect.fail(faultAt(parts, cause, node.name, undefined))
  )
  return Effect.asVoid(Effect.acquireRelease(placedThere, (release) => release))
}

/** A newer checkpoint must never be restored again, even if it becomes readable: the sinks go back behind it. */
function forgetNewer(parts: AttemptParts): Effect.Effect<void, unknown> {
  return parts.checkpoints?.store.forget?.(parts.restoredCheckpoint) ?? Effect.void
}

function rewindSink(
  parts: AttemptParts,
  ground: Ground,
  node: GraphNode
): Effect.Effect<void, JobFault> {
  const { restoredCheckpoint } = parts
  if (node.work.kind !== "sink" || restoredCheckpoint === 0) return Effect.void
  const { sink } = node.work
  if (sink.rewind === undefined) return Effect.void
  const { disk, identity, nowMillis } = ground
  return Effect.catchCause(
    Effect.suspend(() => sink.rewind!({ job: identity, disk, nowMillis }, restoredCheckpoint)),
    (cause) => Effect.fail(faultAt(parts, cause, node.name, undefined))
  )
}

function makeCoordinator(
  parts: AttemptParts,
  ground: Ground,
  enumerators: ReadonlyMap<string, SplitEnumerator>
): Coordinator {
  const { attempt, job, run } = parts
  const { graph } = parts.plan
  return new Coordinator({
    enumerators,
    identity: { job, run, attempt },
    groupsMax: graph.groupsMax,
    names: new Map(graph.nodes.map((node) => [node.id, node.name])),
    checkpoints: parts.checkpoints,
    restoredFinal: parts.restoredFinal,
    nextCheckpoint: parts.nextCheckpoint,
    decisions: ground.decisions,
    monotonicMillis: ground.monotonicMillis,
    fork: (effect, done) => ground.forks.start(effect, done),
    onComplete: parts.onComplete,
    onAbort: parts.onAbort
  }, parts.stopping)
}

function openEnumerators(
  parts: AttemptParts,
  ground: Ground,
  into: Map<string, SplitEnumerator>
): void {
  for (const { id, name, parallelism, work } of parts.plan.graph.nodes) {
    if (work.kind !== "source") continue
    const failed = (cause: Cause.Cause<unknown>) =>
      ground.tell({ _tag: "Failed", cause: Cause.fail(faultAt(parts, cause, name, undefined)) })
    const context = {
      job: ground.identity,
      disk: ground.disk,
      nowMillis: ground.nowMillis,
      parallelism,
      restored: parts.restore.enumerator(id),
      fork: forker(ground, failed, () => {}),
      fail: (reason: AnyFault) => failed(Cause.fail(reason)),
      discovered: () => ground.tell({ _tag: "Discovered", source: id })
    }
    into.set(id, placing(parts, name, undefined, () => work.source.enumerator(context)))
  }
}

function open(parts: AttemptParts, { contexts, subtask }: Built): void {
  subtask.chain.stages.forEach(({ name, operator }, k) => {
    placing(parts, name, subtask.index, () => {
      try {
        operator.open(contexts[k]!)
      } catch (error) {
        throw unreadable(error, contexts[k]!.restored)
      }
    })
  })
}

/** State that an operator cannot read stays unreadable: no restart helps. */
function unreadable(error: unknown, restored: Restored | undefined): unknown {
  if (restored === undefined || isFault(error)) return error
  const detail = error instanceof Error ? error.message : String(error)
  return new RestoreFault({
    checkpoint: restored.checkpoint,
    reason:
      `its state cannot be read (${detail}); use the Millrace and the job that wrote it, or ` +
      "start without resuming"
  })
}

function launch(
  parts: AttemptParts,
  subtasks: ReadonlyArray<Built>,
  ground: Ground
): Effect.Effect<void, never, Scope.Scope> {
  return Effect.gen(function* () {
    const fibers: Array<Fiber.Fiber<unknown, unknown>> = []
    yield* Effect.addFinalizer(() => Fiber.interruptAll(fibers))
    for (const [member, { subtask }] of subtasks.entries()) {
      const fiber = yield* Effect.forkDetach(subtask.run)
      fibers.push(fiber)
      fiber.addObserver((exit) => {
        if (Exit.isSuccess(exit)) return ground.tell({ _tag: "Ended", member })
        const cause = faultAt(parts, exit.cause, subtask.chain.current.name, subtask.index)
        ground.tell({ _tag: "Failed", cause: Cause.fail(cause) })
      })
    }
  })
}

function closeAll(subtasks: ReadonlyArray<Built>): void {
  for (const { subtask } of subtasks) {
    for (const { operator } of subtask.chain.stages) {
      // By contract it does not throw; one that does must not keep the others open, nor hide how the attempt ended.
      try {
        operator.close?.()
      } catch {
        continue
      }
    }
  }
}

function closeEnumerators(enumerators: ReadonlyMap<string, SplitEnumerator>): void {
  for (const enumerator of enumerators.values()) enumerator.close()
}
