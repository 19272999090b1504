/** Prints the digest of `COUNT` histories of `SEED`: `node trace.ts SEED COUNT`. */
import { wide } from "./generator.ts"
import { survey } from "./survey.ts"

const [seed, count] = process.argv.slice(2).map(Number)
console.log(survey(wide, seed!, count!).trace)
