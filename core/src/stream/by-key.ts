/** The exchange that keeps equal keys together. */
import type { Batch } from "../batch/element.ts"
import type { Exchange } from "../graph/graph.ts"
import { hashOf, identityOf, type Key } from "./key.ts"
import { valuesOf } from "./value-batch.ts"

/** Deals batches of values by the hash of their key. */
export function byKey(keyOf: (value: unknown) => Key): Exchange {
  return {
    kind: "hash",
    hash: (batch: Batch, into: Int32Array) => {
      const values = valuesOf(batch)
      for (let i = 0; i < values.length; i++) into[i] = hashOf(identityOf(keyOf(values[i])))
    }
  }
}
