/** Bundles the command into `dist/`: an entry and chunks that load on first use, because module loading is most of the start-up time (decisions/0011). Runs on Node 24. */
import { rolldown } from "rolldown"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const bundle = await rolldown({
  input: { millrace: root + "cli/src/bin.ts" },
  platform: "node",
  // the clients of brokers load parts of themselves by path
  external: [/^node:/, /^bun:/, /^@platformatic\//, /^kafkajs/],
  treeshake: { moduleSideEffects: false },
  logLevel: "warn"
})
await bundle.write({
  dir: root + "dist",
  format: "esm",
  entryFileNames: "[name].mjs",
  chunkFileNames: "chunk-[name]-[hash].mjs"
})
await bundle.close()
