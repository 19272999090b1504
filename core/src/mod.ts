/**
 * Millrace's core: what an application uses. Streams of typed values, jobs that run them, and the contracts for connectors and
 * formats of one's own in `@millrace/core/internal`.
 * @module
 */
export * as DataStream from "./stream/data-stream.ts"
export * as Streams from "./stream/streams.ts"
export * as StreamJob from "./stream/stream-job.ts"
export * as State from "./stream/state/state.ts"
export * as SideOutput from "./stream/side-output.ts"
export * as Trigger from "./stream/trigger.ts"
export * as Window from "./stream/window.ts"
export * as UserFunction from "./table/user/user-function.ts"
export * as Registry from "./table/registry.ts"
export { discover, lazyFactories } from "./table/discovery.ts"
export type { JobProgress, JobResult, RestartStrategy } from "./runtime/job.ts"
