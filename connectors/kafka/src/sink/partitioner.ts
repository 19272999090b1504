/** Which partition a row goes to. */
import { partitionOfKey } from "../protocol/murmur2.ts"

/** What a partitioner is told of a row. `keyLength` −1: no key. */
export interface PartitionedRow {
  readonly topic: string
  readonly partitions: number
  readonly keyBytes: Uint8Array
  readonly keyFrom: number
  readonly keyLength: number
  readonly valueBytes: Uint8Array
  readonly valueFrom: number
  readonly valueLength: number
}

/** Answers a number in [0, partitions). */
export type Partitioner = (row: PartitionedRow) => number

/** Makes the partitioner of one subtask. */
export type MakePartitioner = (subtask: number, parallelism: number) => Partitioner

/** Those that `sink.partitioner` names. */
export const partitioners: Readonly<Record<string, MakePartitioner>> = {
  default: (subtask) => {
    const turns = inTurns(subtask)
    return (row) =>
      row.keyLength < 0
        ? turns(row)
        : partitionOfKey(row.keyBytes, row.keyFrom, row.keyFrom + row.keyLength, row.partitions)
  },
  fixed: (subtask) => (row) => subtask % row.partitions,
  "round-robin": (subtask) => inTurns(subtask)
}

/** So many rows in a row go to one partition: batches stay large, partitions still fill evenly. */
const rowsPerTurn = 1024

function inTurns(subtask: number): Partitioner {
  let count = subtask * rowsPerTurn
  return (row) => Math.floor(count++ / rowsPerTurn) % row.partitions
}
