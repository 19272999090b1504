/** The connectors and formats that the command brings, each loaded on first use. */
import { discover, type Factory, lazyFactories, Registry } from "@millrace/core/internal"

function connector(
  name: string,
  load: () => Promise<{ readonly factory: Factory }>
): Registry.LazyFactory {
  return {
    kind: "connector",
    identifier: name,
    package: `@millrace/connector-${name}`,
    load: async () => (await load()).factory
  }
}

function format(
  name: string,
  load: () => Promise<{ readonly factory: Factory }>,
  family: string = name
): Registry.LazyFactory {
  return {
    kind: "format",
    identifier: name,
    package: `@millrace/format-${family}`,
    load: async () => (await load()).factory
  }
}

/** The built-in factories. */
export const builtIn: ReadonlyArray<Registry.LazyFactory> = [
  connector("filesystem", () => import("@millrace/connector-filesystem")),
  connector("datagen", () => import("@millrace/connector-datagen")),
  connector("print", () => import("@millrace/connector-print")),
  connector("blackhole", () => import("@millrace/connector-blackhole")),
  connector("kafka", () => import("@millrace/connector-kafka")),
  {
    kind: "connector",
    identifier: "upsert-kafka",
    package: "@millrace/connector-kafka",
    load: async () => (await import("@millrace/connector-kafka")).upsertFactory
  },
  format("csv", () => import("@millrace/format-csv")),
  format("json", () => import("@millrace/format-json")),
  format("debezium-json", () => import("@millrace/format-json/debezium"), "json"),
  format("canal-json", () => import("@millrace/format-json/canal"), "json"),
  format("maxwell-json", () => import("@millrace/format-json/maxwell"), "json"),
  format("ogg-json", () => import("@millrace/format-json/ogg"), "json"),
  format("raw", () => import("@millrace/format-raw")),
  format("parquet", () => import("@millrace/format-parquet")),
  format("orc", () => import("@millrace/format-orc")),
  format("avro", () => import("@millrace/format-avro")),
  format("protobuf", () => import("@millrace/format-protobuf")),
  format("avro-confluent", () => import("@millrace/format-avro/confluent"), "avro"),
  format("debezium-avro-confluent", () => import("@millrace/format-avro/debezium"), "avro")
]

/**
 * A registry of them and of what the project in the working directory has installed besides, in which `${env:NAME}` stands
 * for the environment of this process. Another version of a package that the command brings gives way to the command's.
 *
 * **Errors** DiscoveryFault for a package's declaration; DuplicateFactory for two packages with one factory.
 */
export function makeRegistry(): ReturnType<typeof Registry.make> {
  const own = new Set(builtIn.map((factory) => factory.package))
  const installed = lazyFactories(discover(process.cwd()))
  return Registry.make(
    [...builtIn, ...installed.filter((factory) => !own.has(factory.package))],
    (name) => process.env[name]
  )
}
