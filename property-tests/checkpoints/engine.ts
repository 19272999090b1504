/**
 * The engine and its simulated world, module by module: these tests load nothing of the table layer, so that a broken
 * function there cannot hide what they say, and a mutant starts in a fraction of a second.
 */
export * from "../../core/src/batch/column.ts"
export * from "../../core/src/batch/element.ts"
export * from "../../core/src/batch/utf8.ts"
export * as FileStore from "../../core/src/checkpoint/file-store.ts"
export * from "../../core/src/checkpoint/store.ts"
export * from "../../core/src/graph/graph.ts"
export * from "../../core/src/operator/operator.ts"
export * from "../../core/src/runtime/job.ts"
export * from "../../core/src/sink/sink.ts"
export * from "../../core/src/source/source.ts"
export * from "../../core/src/testing/choices.ts"
export * from "../../core/src/testing/simulated-disk.ts"
export * from "../../core/src/testing/simulation.ts"
