/** What soaks do, in order: mixes of kills, broker restarts and network faults. */
import { faults } from "./proxy.ts"
import type { Blow } from "./soak.ts"

/** Places after a prepare and before the end of its commit. */
const sites = ["prepared", "acknowledged", "stored", "completed", "committing"]

/** `count` kills, every fifth between prepare and commit. */
export function kills(count: number): ReadonlyArray<Blow> {
  return Array.from({ length: count }, (_, i) => {
    const site = sites[Math.floor(i / 5) % sites.length]!
    return { kind: "kill", site: i % 5 === 3 ? `${site}:${3 + i % 7}` : undefined }
  })
}

/** `count` restarts of the broker: clean, kill -9, stopped for `stopMillis`, and so on. */
export function restarts(count: number, stopMillis: number): ReadonlyArray<Blow> {
  const signals = ["SIGTERM", "SIGKILL", "SIGSTOP"] as const
  return Array.from({ length: count }, (_, i) => ({
    kind: "broker",
    signal: signals[i % 3]!,
    millis: stopMillis
  }))
}

/** Each network fault `rounds` times. */
export function troubles(rounds: number, millis: number): ReadonlyArray<Blow> {
  return Array.from({ length: rounds * faults.length }, (_, i) => ({
    kind: "network",
    fault: faults[i % faults.length]!,
    millis
  }))
}
