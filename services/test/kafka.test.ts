/** The broker is real: it starts, answers a protocol request, is found again, and ends. Node only: the servers are the same for all runtimes. */
import assert from "node:assert/strict"
import { connect } from "node:net"
import { describe, it } from "node:test"
import { MissingPrerequisite, running, start, startedAt, stop } from "../src/mod.ts"

/** Ask for the versions of the broker's protocol (request 18, version 0) and give the correlation id that comes back. */
function apiVersions(address: string, correlation: number): Promise<number> {
  const [host, port] = address.split(":")
  const request = new DataView(new ArrayBuffer(14))
  request.setInt32(0, 10)
  request.setInt16(4, 18)
  request.setInt16(6, 0)
  request.setInt32(8, correlation)
  request.setInt16(12, -1)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), host, () => socket.write(new Uint8Array(request.buffer)))
    socket.on("error", reject)
    socket.once("data", (data) => {
      socket.destroy()
      resolve(data.readInt32BE(4))
    })
  })
}

const other = (process.env["MILLRACE_TEST_RUNTIME"] ?? "node") !== "node"

describe("services", { skip: other ? "runs on Node only" : false }, () => {
  it("start() and stop() run a real Kafka broker", async (context) => {
    const before = running("kafka")
    let broker
    try {
      broker = await start("kafka")
    } catch (error) {
      if (!(error instanceof MissingPrerequisite) || process.env["CI"] === "true") throw error
      context.skip(error.message)
      return
    }
    assert.equal(await apiVersions(broker.addresses["KAFKA_BROKERS"]!, 4711), 4711)
    assert.deepEqual(running("kafka"), broker, "a second start finds the first")
    if (before !== undefined) return
    assert.equal(await stop("kafka"), true)
    assert.equal(startedAt(broker.processes[0]!.pid), undefined, "the process is gone")
    assert.equal(running("kafka"), undefined)
  })
})
