#!/usr/bin/env node
/** The command's entry: turns on the compile cache where there is one, then loads the rest. */
import * as module from "node:module"

module.enableCompileCache?.()
const { main } = await import("./main.ts")
await main(process.argv.slice(2))
