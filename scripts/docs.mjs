/** `node scripts/docs.mjs`: writes the generated parts of README.md and of the pages in `docs/` from the declarations in the code. */
import { install, root, run, runtimes } from "./setup.mjs"

install()
run(runtimes.node[0], [root + "docs/generate.ts", "--write"])
