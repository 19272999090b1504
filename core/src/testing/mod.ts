/**
 * The simulated world that proves the engine, for proving jobs and connectors too.
 * @module
 */
export * from "./choices.ts"
export * from "./simulation.ts"
export * from "./simulated-disk.ts"
export * as Simulation from "./check.ts"
