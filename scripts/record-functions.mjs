/** `npm run record-functions -- [--all|--errors] [group…]`: asks a Flink on loopback for the values of functions that tests compare with. */
import { install, root, run, runtimes } from "./setup.mjs"

install()
run(runtimes.node[0], [root + "services/src/record-functions.ts", ...process.argv.slice(2)])
