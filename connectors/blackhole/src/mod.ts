/**
 * The `blackhole` connector: takes every row and keeps none. The writer receives all declared columns, so what a query
 * computes for it is really computed.
 * @module
 */
import * as Effect from "effect/Effect"
import type { ConnectorFactory, Sink, SinkWriter } from "@millrace/core/internal"

const writer: SinkWriter = {
  open: () => {},
  ready: () => true,
  write: () => {},
  prepareCommit: () => Effect.succeed([]),
  snapshot: () => [],
  close: () => {}
}

const sink: Sink = { guarantee: "exactly-once", writer: () => writer }

/** The factory. */
export const factory: ConnectorFactory = {
  kind: "connector",
  identifier: "blackhole",
  package: "@millrace/connector-blackhole",
  description: "Discards every row: for trying and measuring queries.",
  options: [],
  formatKeys: [],
  sink: {
    // No update-before: the planner then need not make them.
    traits: () => ({
      changelog: { insert: true, updateBefore: false, updateAfter: true, delete: true },
      metadata: {},
      partitioning: true,
      overwrite: false
    }),
    make: () => sink
  }
}
