/** The options of `filesystem`: all of Flink's, those not built yet with the reason why they are refused. */
import { fullCacheOptions, type Option, type OptionSet } from "@millrace/core/internal"

/** `path`. */
export const path: Option<"string"> = {
  key: "path",
  kind: "string",
  required: true,
  description:
    "File, directory or pattern (`*`, `?`, `**`, `{a,b}`, `[0-9]`) to read; directory to write. Relative to the working directory."
}

/** `source.path.regex-pattern`. */
export const pathPattern: Option<"string"> = {
  key: "source.path.regex-pattern",
  kind: "string",
  description: "Only files whose whole absolute path matches this regular expression are read."
}

/** `partition.default-name`. */
export const defaultPartition: Option<"string"> = {
  key: "partition.default-name",
  kind: "string",
  default: "__DEFAULT_PARTITION__",
  description: "Name in paths of a partition value that is NULL or empty."
}

/** `scan.parallelism`. */
export const scanParallelism: Option<"int"> = {
  key: "scan.parallelism",
  kind: "int",
  min: 1,
  description:
    "Readers of the table; default: that of the job. With 1 each file is read from its beginning to its end, in order; with more a large file is cut into ranges. Flink's connector does not take this option."
}

/** `sink.parallelism`. */
export const sinkParallelism: Option<"int"> = {
  key: "sink.parallelism",
  kind: "int",
  min: 1,
  description: "Parallelism of the sink; default: that of what it writes."
}

/** `sink.rolling-policy.file-size`. */
export const rollingSize: Option<"memory"> = {
  key: "sink.rolling-policy.file-size",
  kind: "memory",
  default: "128MB",
  min: 1,
  description:
    "A file this large is closed and a new one begun. Files also end at every checkpoint."
}

const rollsAtCheckpoints =
  "files end at every checkpoint, so that rows are visible as soon as they are safe"
const noCompaction = "compaction of small files is not built"
const noCommit = "partition commit is not built; partitions are visible as soon as their files are"

/** Declared, and refused by name when given. */
const unsupported: OptionSet = [
  [
    "source.monitor-interval",
    "duration",
    undefined,
    "the path is listed once; watching it is not built"
  ],
  ["source.report-statistics", "enum", "ALL", "statistics of files are not reported", [
    "ALL",
    "NONE"
  ]],
  ["sink.rolling-policy.rollover-interval", "duration", "30 min", rollsAtCheckpoints],
  ["sink.rolling-policy.check-interval", "duration", "1 min", rollsAtCheckpoints],
  ["sink.rolling-policy.inactivity-interval", "duration", "30 min", rollsAtCheckpoints],
  ["sink.shuffle-by-partition.enable", "boolean", "false", "rows are not dealt by partition yet"],
  ["auto-compaction", "boolean", "false", noCompaction],
  ["compaction.file-size", "memory", undefined, noCompaction],
  ["compaction.parallelism", "int", undefined, noCompaction],
  ["sink.partition-commit.trigger", "string", "process-time", noCommit],
  ["sink.partition-commit.delay", "duration", "0 s", noCommit],
  ["sink.partition-commit.watermark-time-zone", "string", "UTC", noCommit],
  ["sink.partition-commit.policy.kind", "string", undefined, noCommit],
  ["sink.partition-commit.policy.class", "string", undefined, noCommit],
  ["sink.partition-commit.policy.class.parameters", "string", undefined, noCommit],
  ["sink.partition-commit.success-file.name", "string", "_SUCCESS", noCommit],
  ["partition.time-extractor.kind", "string", "default", noCommit],
  ["partition.time-extractor.class", "string", undefined, noCommit],
  ["partition.time-extractor.timestamp-pattern", "string", undefined, noCommit],
  ["partition.time-extractor.timestamp-formatter", "string", "yyyy-MM-dd HH:mm:ss", noCommit]
].map((row) => {
  const [key, kind, value, reason, values] = row as [
    string,
    Option["kind"],
    string | undefined,
    string,
    ReadonlyArray<string> | undefined
  ]
  return {
    key,
    kind,
    description: "As in Flink; not built yet.",
    unsupported: reason,
    ...(value === undefined ? {} : { default: value }),
    ...(values === undefined ? {} : { values })
  }
})

/** All of them. */
export const options: OptionSet = [
  path,
  pathPattern,
  defaultPartition,
  scanParallelism,
  sinkParallelism,
  rollingSize,
  ...fullCacheOptions,
  ...unsupported
]
