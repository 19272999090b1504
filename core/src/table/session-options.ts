/** The keys that SET knows, declared once: Flink's own where they exist, `millrace.` ones for what only Millrace has. */
import type { Option, OptionSet } from "./options.ts"

/** Name of the job, and the id that its checkpoints are found by. */
export const pipelineName: Option<"string"> = {
  key: "pipeline.name",
  kind: "string",
  description: "Name of the job, by which its checkpoints are found. Default: the script's name."
}

/** Number of key groups. */
export const maxParallelism: Option<"int"> = {
  key: "pipeline.max-parallelism",
  kind: "int",
  default: "128",
  min: 1,
  description: "Number of key groups: the most subtasks that an operator with state can ever have."
}

/** Subtasks of an operator. */
export const defaultParallelism: Option<"int"> = {
  key: "parallelism.default",
  kind: "int",
  default: "1",
  min: 1,
  description: "Number of subtasks of each operator."
}

/** Streaming or batch. */
export const runtimeMode: Option<"enum"> = {
  key: "execution.runtime-mode",
  kind: "enum",
  values: ["streaming", "batch"],
  default: "streaming",
  description:
    "Batch reads sources that end and gives each result once, at the end; event time holds nothing back."
}

/** How long rows may wait in a builder. */
export const bufferTimeout: Option<"duration"> = {
  key: "execution.buffer-timeout.interval",
  kind: "duration",
  default: "100 ms",
  fallbackKeys: ["execution.buffer-timeout"],
  description: "How long rows wait at most before they are sent on in a batch that is not full."
}

/** Between checkpoints. */
export const checkpointInterval: Option<"duration"> = {
  key: "execution.checkpointing.interval",
  kind: "duration",
  min: 10,
  description: "Time between the starts of two checkpoints. Without it there are none."
}

/** Where checkpoints are kept. */
export const checkpointDirectory: Option<"string"> = {
  key: "execution.checkpointing.dir",
  kind: "string",
  fallbackKeys: ["state.checkpoints.dir"],
  description: "Directory of the checkpoints; relative paths are relative to the working directory."
}

/** Until a checkpoint is given up. */
export const checkpointTimeout: Option<"duration"> = {
  key: "execution.checkpointing.timeout",
  kind: "duration",
  default: "10 min",
  description: "A checkpoint that takes longer is given up."
}

/** From the end of a checkpoint to the next. */
export const checkpointPause: Option<"duration"> = {
  key: "execution.checkpointing.min-pause",
  kind: "duration",
  default: "0 ms",
  description: "Time from the end of a checkpoint to the start of the next, at least."
}

/** How many are kept. */
export const checkpointsRetained: Option<"int"> = {
  key: "execution.checkpointing.num-retained",
  kind: "int",
  default: "1",
  min: 1,
  fallbackKeys: ["state.checkpoints.num-retained"],
  description: "Number of complete checkpoints that are kept."
}

/** Failures that do not fail the job. */
export const checkpointFailures: Option<"int"> = {
  key: "execution.checkpointing.tolerable-failed-checkpoints",
  kind: "int",
  default: "0",
  min: 0,
  description: "Number of checkpoints in a row that may fail before the job fails."
}

/** Restored state that nobody claims. */
export const ignoreUnclaimed: Option<"boolean"> = {
  key: "execution.state-recovery.ignore-unclaimed-state",
  kind: "boolean",
  default: "false",
  description:
    "Drop restored state of operators that the job no longer has, instead of refusing to start."
}

/** What is done when a job fails. */
export const restartType: Option<"enum"> = {
  key: "restart-strategy.type",
  kind: "enum",
  values: ["none", "off", "disable", "fixed-delay", "exponential-delay"],
  fallbackKeys: ["restart-strategy"],
  description:
    "How a failed job is started again. Default: exponential-delay with checkpoints, none without."
}

/** Restarts of `fixed-delay`. */
export const fixedAttempts: Option<"int"> = {
  key: "restart-strategy.fixed-delay.attempts",
  kind: "int",
  default: "1",
  min: 0,
  description: "Number of restarts of fixed-delay."
}

/** Delay of `fixed-delay`. */
export const fixedDelay: Option<"duration"> = {
  key: "restart-strategy.fixed-delay.delay",
  kind: "duration",
  default: "1 s",
  description: "Time before each restart of fixed-delay."
}

/** First delay of `exponential-delay`. */
export const exponentialInitial: Option<"duration"> = {
  key: "restart-strategy.exponential-delay.initial-backoff",
  kind: "duration",
  default: "1 s",
  description: "Time before the first restart of exponential-delay."
}

/** Longest delay of `exponential-delay`. */
export const exponentialMax: Option<"duration"> = {
  key: "restart-strategy.exponential-delay.max-backoff",
  kind: "duration",
  default: "1 min",
  description: "Longest time before a restart of exponential-delay."
}

/** Growth of `exponential-delay`. */
export const exponentialMultiplier: Option<"double"> = {
  key: "restart-strategy.exponential-delay.backoff-multiplier",
  kind: "double",
  default: "1.5",
  min: 1,
  description: "By what the time before a restart grows with each failure."
}

/** After which `exponential-delay` begins anew. */
export const exponentialReset: Option<"duration"> = {
  key: "restart-strategy.exponential-delay.reset-backoff-threshold",
  kind: "duration",
  default: "1 h",
  description: "A job that ran so long begins again with the first delay."
}

/** The session's time zone. */
export const localTimeZone: Option<"string"> = {
  key: "table.local-time-zone",
  kind: "string",
  default: "UTC",
  description: "Time zone in which TIMESTAMP_LTZ values are read and shown."
}

/** Whether changes may come twice. */
export const cdcDuplicates: Option<"boolean"> = {
  key: "table.exec.source.cdc-events-duplicate",
  kind: "boolean",
  default: "false",
  description:
    "Whether sources of changes may give a change more than once; they need a primary key then, and the last row of each key is kept to tell."
}

/** NULL for a NOT NULL column. */
export const notNullEnforcer: Option<"enum"> = {
  key: "table.exec.sink.not-null-enforcer",
  kind: "enum",
  values: ["error", "drop"],
  default: "error",
  description:
    "What happens when a query may give NULL for a NOT NULL column of a sink: it is refused, or such rows are dropped."
}

/** Whether the script waits for an INSERT. */
export const dmlSync: Option<"boolean"> = {
  key: "table.dml-sync",
  kind: "boolean",
  default: "false",
  description: "Wait for the job of an INSERT before the next statement."
}

/** Where the names and options of catalogs are kept. */
export const catalogStoreKind: Option<"string"> = {
  key: "table.catalog-store.kind",
  kind: "string",
  default: "generic_in_memory",
  description:
    "Where CREATE CATALOG keeps what it makes: generic_in_memory ends with the session, file does not."
}

/** Options of the store of that kind, as `table.catalog-store.file.path`. */
export const catalogStoreOptions: Option<"string"> = {
  key: "table.catalog-store.#",
  kind: "string",
  description:
    "Options of the catalog store by its kind: table.catalog-store.file.path is the directory of the kind file."
}

/** Size of a channel. */
export const channelCapacity: Option<"int"> = {
  key: "millrace.channel-capacity",
  kind: "int",
  default: "8",
  min: 1,
  own: true,
  description:
    "Number of batches that a channel between two subtasks holds before the sender waits."
}

/** Changes by a sink's key. */
export const upsertMaterialize: Option<"enum"> = {
  key: "table.exec.sink.upsert-materialize",
  kind: "enum",
  values: ["none", "auto", "force"],
  default: "auto",
  description:
    "When changes by the query's key become changes by the primary key of a sink that finds rows by it: never, if the keys differ, or always."
}

/** How rows reach a sink with a primary key. */
export const keyedShuffle: Option<"enum"> = {
  key: "table.exec.sink.keyed-shuffle",
  kind: "enum",
  values: ["none", "auto", "force"],
  default: "auto",
  description:
    "When changes are dealt over a sink's subtasks by its primary key: never, if its parallelism differs from the query's, or always."
}

/** Whether aggregations bundle rows. */
export const miniBatchEnabled: Option<"boolean"> = {
  key: "table.exec.mini-batch.enabled",
  kind: "boolean",
  default: "false",
  description:
    "GROUP BY counts a bundle of rows in before it tells what has changed: fewer changes, later. The next two say how many and how long."
}

/** Rows of a bundle. */
export const miniBatchSize: Option<"int"> = {
  key: "table.exec.mini-batch.size",
  kind: "int",
  default: "-1",
  description: "Number of rows that a bundle holds at most; above zero when bundles are enabled."
}

/** Time of a bundle. */
export const miniBatchLatency: Option<"duration"> = {
  key: "table.exec.mini-batch.allow-latency",
  kind: "duration",
  default: "0 ms",
  description: "How long a row waits in a bundle at most; above zero when bundles are enabled."
}

/** Size of a sort. */
export const sortRowsMax: Option<"int"> = {
  key: "millrace.sort.rows-max",
  kind: "int",
  default: "50000000",
  min: 1,
  own: true,
  description:
    "Number of rows that ORDER BY without LIMIT holds in memory at most; more fail the job."
}

/** All keys. */
export const sessionOptions: OptionSet = [
  pipelineName,
  maxParallelism,
  defaultParallelism,
  runtimeMode,
  bufferTimeout,
  checkpointInterval,
  checkpointDirectory,
  checkpointTimeout,
  checkpointPause,
  checkpointsRetained,
  checkpointFailures,
  ignoreUnclaimed,
  restartType,
  fixedAttempts,
  fixedDelay,
  exponentialInitial,
  exponentialMax,
  exponentialMultiplier,
  exponentialReset,
  localTimeZone,
  cdcDuplicates,
  notNullEnforcer,
  dmlSync,
  catalogStoreKind,
  catalogStoreOptions,
  channelCapacity,
  upsertMaterialize,
  keyedShuffle,
  miniBatchEnabled,
  miniBatchSize,
  miniBatchLatency,
  sortRowsMax
]
