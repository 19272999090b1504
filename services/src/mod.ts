/**
 * Real servers on loopback for tests, benches and users who want to try, from package registries only.
 * @module
 */
import * as Flink from "./flink.ts"
import * as Kafka from "./kafka.ts"
import * as Registry from "./registry.ts"
import { end, recall, type Running } from "./server.ts"

export { GatewaySession } from "./flink-gateway.ts"
export { type Running, startedAt } from "./server.ts"
export { type BrokerOptions, type KafkaBroker, startBroker } from "./kafka-broker.ts"
export { MissingPrerequisite } from "./shell.ts"

const starters: Readonly<Record<string, () => Promise<Running>>> = {
  flink: () => Flink.start(),
  kafka: () => Kafka.start(),
  registry: () => Registry.start(),
  "registry-small": () => Registry.startSmall()
}

/** Names of the servers that can be started. */
export const names: ReadonlyArray<string> = Object.keys(starters)

/** Start a server, or give the one that runs. */
export function start(name: string): Promise<Running> {
  const starter = starters[name]
  if (starter === undefined) {
    throw new Error(`Unknown server "${name}": known are ${names.join(", ")}`)
  }
  return starter()
}

/** End a server; false when it did not run. */
export function stop(name: string): Promise<boolean> {
  return end(name)
}

/** The server if it runs. */
export function running(name: string): Running | undefined {
  return recall(name)
}
