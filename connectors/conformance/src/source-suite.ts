/** The suite of sources, as tests of `node:test`. */
import { register } from "./check.ts"
import { sourceChecks, type SourceSpec } from "./source-checks.ts"

/** Register a source's checks as tests. Every connector that reads calls it, once per kind of input. */
export function sourceSuite(spec: SourceSpec): void {
  register(`${spec.factory.identifier} source, ${spec.name}`, sourceChecks(spec))
}
