/** What cannot work is told as a typed fault with its remedy, within five seconds of the start. */
import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { after, describe, it } from "node:test"
import { brokerOrSkip, freshName, Other, runSql, runtime } from "./support.ts"

const folder = mkdtempSync(`${tmpdir()}/millrace-certificates-`)
const certificate = makeCertificate()
const { broker, skip } = await brokerOrSkip(
  certificate === undefined
    ? {}
    : { security: { ...certificate, users: { alice: "canary-secret" } } }
)
const other = new Other(broker?.address ?? "127.0.0.1:1")

after(async () => {
  await other.close()
  await broker?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A certificate of our own for 127.0.0.1, by OpenSSL; undefined: it is not installed. */
function makeCertificate(): { readonly certificate: string; readonly key: string } | undefined {
  const [key, cert] = [`${folder}/key.pem`, `${folder}/cert.pem`]
  const args = [
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=localhost"
  ]
  const names = ["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
  try {
    execFileSync("openssl", [...args, ...names, "-keyout", key, "-out", cert], { stdio: "ignore" })
  } catch {
    return undefined
  }
  return { certificate: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") }
}

function table(topic: string, options: Readonly<Record<string, string>>): string {
  const all: Record<string, string> = {
    connector: "kafka",
    topic,
    "properties.bootstrap.servers": broker?.address ?? "127.0.0.1:1",
    "scan.startup.mode": "earliest-offset",
    "scan.bounded.mode": "latest-offset",
    format: "json",
    ...options
  }
  const pairs = Object.entries(all).map(([key, value]) => `'${key}' = '${value}'`)
  return `CREATE TABLE t (id INT) WITH (${pairs.join(", ")});`
}

async function refused(script: string, wanted: RegExp): Promise<void> {
  const began = performance.now()
  await assert.rejects(runSql(script), (error: Error) => {
    assert.match(error.message, wanted)
    assert.ok(!error.message.includes("canary"), "no secret is shown")
    return true
  })
  const millis = performance.now() - began
  assert.ok(millis < 5000, `told after ${Math.round(millis)} ms`)
}

const read = "SELECT * FROM t;"
const write = "INSERT INTO t VALUES (1);"
const clients = runtime === "node" ? ["platformatic", "kafkajs"] : ["platformatic"]

for (const client of clients) {
  const own = { "millrace.kafka.client": client }
  describe(`kafka faults by ${client}`, { skip }, () => {
    it("a wrong address is named, by source and sink", async () => {
      const options = { ...own, "properties.bootstrap.servers": "127.0.0.1:1" }
      await refused(
        table("x", options) + read,
        /Cannot look for partitions .*127\.0\.0\.1:1 cannot be reached/
      )
      await refused(
        table("x", options) + write,
        /Cannot look for topics .*127\.0\.0\.1:1 cannot be reached/
      )
    })

    it("an address that accepts and never answers is given up", async () => {
      const sockets: Array<Socket> = []
      const server = createServer((socket) => sockets.push(socket))
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
      const { port } = server.address() as { port: number }
      try {
        const options = {
          ...own,
          "properties.bootstrap.servers": `127.0.0.1:${port}`,
          "properties.request.timeout.ms": "2000"
        }
        await refused(
          table("x", options) + read,
          /Cannot look for partitions .*not answered within/
        )
      } finally {
        for (const socket of sockets) socket.destroy()
        server.close()
      }
    })

    it("a topic that is not there is named", async () => {
      await refused(
        table("no-such-topic", own) + read,
        /Cannot read topic "no-such-topic".*create it or correct 'topic'/
      )
    })

    it("an offset that the log does not have is told with those that it has", async () => {
      const topic = freshName("range")
      await other.create(topic, 1)
      await other.produce(topic, [{ value: `{"id":1}` }])
      const options = {
        ...own,
        "scan.startup.mode": "specific-offsets",
        "scan.startup.specific-offsets": "partition:0,offset:500",
        "scan.bounded.mode": "unbounded"
      }
      await refused(
        table(topic, options) + read,
        /offset 500 is out of range: the log has offsets 0 to 1/
      )
    })

    it("a group without offsets is told, with the remedy", async () => {
      const topic = freshName("group")
      await other.create(topic, 1)
      const options = {
        ...own,
        "scan.startup.mode": "group-offsets",
        "properties.group.id": freshName("g")
      }
      await refused(
        table(topic, options) + read,
        /has committed no offset .*'properties.auto.offset.reset'/
      )
    })

    it("a transaction timeout above the broker's is told with both numbers", async () => {
      const topic = freshName("timeout")
      await other.create(topic, 1)
      const options = {
        ...own,
        "sink.delivery-guarantee": "exactly-once",
        "sink.transactional-id-prefix": topic,
        "properties.transaction.timeout.ms": "99999999"
      }
      await refused(
        table(topic, options) + write,
        /is 99999999, and the broker allows at most 3600000/
      )
    })

    it("a prepared transaction that another producer has taken is told as lost", async () => {
      const { commit } = await import("../src/sink/transactions.ts")
      const { begin } = await import("../src/sink/transactions.ts")
      const cluster = await clusterOf(client)
      const id = freshName("lost")
      const first = await begin(cluster, id, 60_000)
      await begin(cluster, id, 60_000)
      await assert.rejects(
        commit(cluster, { transactionalId: id, ...first, checkpoint: 1 }),
        (error: Error & { _tag?: string }) => error._tag === "TransactionLost"
      )
      cluster.close()
    })

    for (const mechanism of ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]) {
      it(`${mechanism} over TLS reads and writes, and wrong credentials are told`, async (t) => {
        if (certificate === undefined) return t.skip("openssl is not installed")
        const topic = freshName("secure")
        await other.create(topic, 1)
        const secure = (password: string, protocol: string): Record<string, string> => ({
          ...own,
          "properties.bootstrap.servers": broker!.addresses[protocol]!,
          "properties.security.protocol": protocol,
          "properties.sasl.mechanism": mechanism,
          "properties.sasl.jaas.config":
            `org.example.Login required username="alice" password="${password}";`,
          "properties.ssl.truststore.type": "PEM",
          "properties.ssl.truststore.location": `${folder}/cert.pem`
        })
        await runSql(table(topic, secure("canary-secret", "SASL_SSL")) + write)
        const rows = await runSql(table(topic, secure("canary-secret", "SASL_PLAINTEXT")) + read)
        assert.deepEqual(rows, ["+I[1]"])
        await refused(
          table(topic, secure("canary-wrong", "SASL_SSL")) + read,
          /refuses the credentials/
        )
      })
    }

    it("TLS without a certificate that is trusted is refused", async (t) => {
      if (certificate === undefined) return t.skip("openssl is not installed")
      const options = {
        ...own,
        "properties.bootstrap.servers": broker!.addresses["SSL"]!,
        "properties.security.protocol": "SSL"
      }
      await refused(table("x", options) + read, /self[- ]signed certificate|certificate/i)
    })
  })
}

async function clusterOf(client: string): Promise<import("../src/client/cluster.ts").Cluster> {
  const { Cluster } = await import("../src/client/cluster.ts")
  const { readProperties } = await import("../src/client/properties.ts")
  const { kafkajs } = await import("../src/client/kafkajs.ts")
  const { platformatic } = await import("../src/client/platformatic.ts")
  const settings = readProperties({ "bootstrap.servers": broker!.address }, assert.fail)
  const make = client === "kafkajs" ? kafkajs : platformatic
  return new Cluster({ table: "t", settings, transport: () => make(settings.transport) })
}
