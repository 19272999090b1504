/**
 * A TCP proxy before a broker that makes a network's troubles: connections cut, nothing passed on for a while, a response reset in its
 * middle, answers to commits held back or lost. It reads the protocol's frames as far as it needs to know which request ends a transaction.
 */
import { createConnection, createServer, type Server, type Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"

const endTransactionKey = 26

/** What can be done to a network. */
export const faults = ["cut", "stall", "reset", "delay-commit", "lose-commit"] as const

/** One of {@link faults}. */
export type NetworkFault = typeof faults[number]

interface Pair {
  readonly client: Socket
  readonly broker: Socket
}

/** See the head of this file. Start it, then the broker that advertises {@link port}, then give {@link target}. */
export class Proxy {
  port = 0
  /** Commits whose answer was held back or lost. */
  commitsHit = 0
  /** Responses that ended in their middle. */
  resets = 0
  private target = 0
  private readonly server: Server
  private readonly pairs = new Set<Pair>()
  private stalled = false
  private refusing = false
  private resetting = 0
  private commits: "pass" | "delay" | "lose" = "pass"

  constructor() {
    this.server = createServer((client) => this.join(client))
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve))
    this.port = (this.server.address() as { port: number }).port
  }

  /** Where the broker listens. */
  aim(port: number): void {
    this.target = port
  }

  /** Make trouble for about `millis`; at the end everything works again. */
  async disturb(fault: NetworkFault, millis: number): Promise<void> {
    switch (fault) {
      case "cut":
        this.refusing = true
        for (const pair of this.pairs) end(pair)
        break
      case "stall":
        this.setStalled(true)
        break
      case "reset":
        this.resetting = 3
        break
      case "delay-commit":
        this.commits = "delay"
        break
      case "lose-commit":
        this.commits = "lose"
    }
    await sleep(millis)
    this.refusing = false
    this.resetting = 0
    this.commits = "pass"
    this.setStalled(false)
  }

  async close(): Promise<void> {
    for (const pair of this.pairs) end(pair)
    await new Promise<void>((resolve) => this.server.close(() => resolve()))
  }

  private setStalled(stalled: boolean): void {
    this.stalled = stalled
    for (const { client, broker } of this.pairs) {
      for (const socket of [client, broker]) {
        if (stalled) socket.pause()
        else socket.resume()
      }
    }
  }

  private join(client: Socket): void {
    if (this.refusing) return void client.destroy()
    const broker = createConnection(this.target, "127.0.0.1")
    const pair: Pair = { client, broker }
    this.pairs.add(pair)
    const frames = new Frames()
    for (const socket of [client, broker]) {
      socket.setNoDelay(true)
      socket.on("error", () => end(pair))
      socket.on("close", () => {
        end(pair)
        this.pairs.delete(pair)
      })
      if (this.stalled) socket.pause()
    }
    client.on("data", (chunk) => {
      const ends = frames.take(chunk)
      broker.write(chunk)
      if (!ends || this.commits === "pass") return
      this.commitsHit++
      if (this.commits === "lose") {
        // the broker has it; its answer finds nobody
        setTimeout(() => end(pair), 30)
        broker.pause()
      } else {
        broker.pause()
        setTimeout(() => broker.resume(), 700)
      }
    })
    broker.on("data", (chunk) => {
      if (this.resetting > 0 && chunk.length > 8) {
        this.resetting--
        this.resets++
        client.write(chunk.subarray(0, chunk.length >> 1))
        setTimeout(() => {
          client.resetAndDestroy()
          broker.destroy()
        }, 5)
        return
      }
      client.write(chunk)
    })
  }
}

function end({ client, broker }: Pair): void {
  client.destroy()
  broker.destroy()
}

/** Finds the api keys of requests in a stream of frames. */
class Frames {
  private head: Array<number> = []
  private left = 0

  /** Whether a request that ends a transaction begins in this chunk. */
  take(chunk: Uint8Array): boolean {
    let found = false
    for (let at = 0; at < chunk.length;) {
      if (this.left > 0) {
        const step = Math.min(this.left, chunk.length - at)
        this.left -= step
        at += step
        continue
      }
      this.head.push(chunk[at++]!)
      if (this.head.length < 6) continue
      const [a, b, c, d, e, f] = this.head as [number, number, number, number, number, number]
      this.left = ((a << 24) | (b << 16) | (c << 8) | d) - 2
      if (((e << 8) | f) === endTransactionKey) found = true
      this.head = []
    }
    return found
  }
}
