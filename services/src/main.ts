/** `npm run services -- start|stop|status [name…]`: the servers from a shell. */
import { names, running, start, stop } from "./mod.ts"

const [action, ...rest] = process.argv.slice(2).filter((arg) => arg !== "--")
const chosen = rest.length === 0 ? names : rest
const unknown = chosen.find((name) => !names.includes(name))
if (unknown !== undefined || !["start", "stop", "status"].includes(action ?? "")) {
  if (unknown !== undefined) console.error(`Unknown server "${unknown}"`)
  console.error(`Usage: npm run services -- start|stop|status [${names.join("|")} …]`)
  process.exit(2)
}
for (const name of chosen) {
  if (action === "stop") console.log(`${name}: ${await stop(name) ? "stopped" : "did not run"}`)
  else {
    const server = action === "start" ? await start(name) : running(name)
    if (server === undefined) console.log(`${name}: does not run`)
    else for (const [key, value] of Object.entries(server.addresses)) console.log(`${key}=${value}`)
  }
}
