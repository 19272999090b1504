/** `npm run services -- start|stop|status [name…]`: sets the clone up, then starts or stops real servers on loopback. */
import { install, root, run, runtimes } from "./setup.mjs"

install()
run(runtimes.node[0], [root + "services/src/main.ts", ...process.argv.slice(2)])
