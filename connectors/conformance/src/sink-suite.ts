/** The suite of sinks, as tests of `node:test`. */
import { register } from "./check.ts"
import { sinkChecks, type SinkSpec } from "./sink-checks.ts"

/** Register a sink's checks as tests. Every connector that writes calls it, once per kind of output. */
export function sinkSuite(spec: SinkSpec): void {
  register(`${spec.factory.identifier} sink, ${spec.name}`, sinkChecks(spec))
}
