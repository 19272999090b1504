/** The options of `avro-confluent` and `debezium-avro-confluent`, and what they say together. */
import type { Option, OptionSet, ReadOptions } from "@millrace/core/internal"

const text = (
  key: string,
  description: string,
  more: Partial<Option<"string">> = {}
): Option<"string"> => ({
  key,
  kind: "string",
  forwardable: true,
  description,
  ...more
})

export const url: Option<"string"> = text(
  "url",
  "Where the schema registry answers; several addresses with commas between them are tried in turn.",
  { required: true, fallbackKeys: ["schema-registry.url"] }
)
export const subject: Option<"string"> = text(
  "subject",
  "The subject under which the schema of what is written is registered. `kafka` and `upsert-kafka` take `<topic>-value` or `<topic>-key` unless given.",
  { fallbackKeys: ["schema-registry.subject"] }
)
export const schema: Option<"string"> = text(
  "schema",
  "The schema to write in, and whose defaults stand for fields that a message's schema lacks, instead of the one derived from the table. It must fit the table.",
  { fallbackKeys: ["schema-registry.schema"], forwardable: false }
)
export const autoRegister: Option<"boolean"> = {
  key: "auto.register.schemas",
  kind: "boolean",
  default: "true",
  forwardable: true,
  description:
    "Whether the schema of what is written is registered; with `false` it must be there already."
}
const keystore: Option<"string"> = text(
  "ssl.keystore.location",
  "A file with the client's certificate and key: PEM or PKCS #12."
)
const keystorePassword: Option<"string"> = text(
  "ssl.keystore.password",
  "The password of that file.",
  { secret: true }
)
const truststore: Option<"string"> = text(
  "ssl.truststore.location",
  "A file with the certificates of whom to trust: PEM or JKS."
)
const truststorePassword: Option<"string"> = text(
  "ssl.truststore.password",
  "The password of that file; certificates are read without it, it is used to check a JKS file.",
  { secret: true }
)
const basicSource: Option<"string"> = text(
  "basic-auth.credentials-source",
  "`USER_INFO`: from `basic-auth.user-info`; `URL`: from the address."
)
const basicUser: Option<"string"> = text("basic-auth.user-info", "`user:password`.", {
  secret: true
})
const bearerSource: Option<"string"> = text(
  "bearer-auth.credentials-source",
  "`STATIC_TOKEN`: from `bearer-auth.token`."
)
const bearerToken: Option<"string"> = text("bearer-auth.token", "The token.", { secret: true })
const properties: Option<"string"> = {
  key: "properties.#",
  kind: "string",
  forwardable: true,
  secret: true,
  description:
    "The same settings by the registry client's own names, such as `properties.basic.auth.user.info`; the options above come first."
}

/** All options. */
export const registryOptions: OptionSet = [
  url,
  subject,
  schema,
  autoRegister,
  keystore,
  keystorePassword,
  truststore,
  truststorePassword,
  basicSource,
  basicUser,
  bearerSource,
  bearerToken,
  properties
]

/** By the registry client's names: the option that means the same. */
const synonyms: ReadonlyMap<string, Option<"string">> = new Map([
  ["schema.registry.ssl.keystore.location", keystore],
  ["schema.registry.ssl.keystore.password", keystorePassword],
  ["schema.registry.ssl.truststore.location", truststore],
  ["schema.registry.ssl.truststore.password", truststorePassword],
  ["basic.auth.credentials.source", basicSource],
  ["basic.auth.user.info", basicUser],
  ["bearer.auth.credentials.source", bearerSource],
  ["bearer.auth.token", bearerToken]
])

/** How a registry is reached. Holds secrets: never printed. */
export interface RegistryAccess {
  readonly urls: ReadonlyArray<string>
  /** The value of the header Authorization; undefined: that of the address, if it names a user. */
  readonly authorization: string | undefined
  readonly keystore: string | undefined
  readonly keystorePassword: string | undefined
  readonly truststore: string | undefined
  readonly truststorePassword: string | undefined
}

function readerOf(options: ReadOptions): (option: Option<"string">) => string | undefined {
  const byOption = new Map<Option, string>()
  for (const [name, value] of options.template(properties)) {
    const option = synonyms.get(name)
    if (option !== undefined) byOption.set(option, value)
  }
  return (option) => options.get(option) ?? byOption.get(option)
}

/** What the options say. They were checked by {@link accessProblems}. */
export function accessOf(options: ReadOptions): RegistryAccess {
  const read = readerOf(options)
  const user = read(basicUser)
  const token = read(bearerToken)
  const basic = user !== undefined && read(basicSource) !== "URL"
  return {
    urls: urlsOf(options),
    authorization: token !== undefined
      ? `Bearer ${token}`
      : basic
      ? `Basic ${Buffer.from(user).toString("base64")}`
      : undefined,
    keystore: read(keystore),
    keystorePassword: read(keystorePassword),
    truststore: read(truststore),
    truststorePassword: read(truststorePassword)
  }
}

function urlsOf(options: ReadOptions): ReadonlyArray<string> {
  return options.need(url).split(",").map((one) => one.trim().replace(/\/+$/, ""))
}

/** What is wrong with the options, as sentences. */
export function accessProblems(options: ReadOptions, prefix: string): ReadonlyArray<string> {
  const read = readerOf(options)
  const problems: Array<string> = []
  if (urlsOf(options).some((one) => !/^https?:$/.test(protocolOf(one)))) {
    problems.push(`'${prefix}.url' must be an address that begins with http:// or https://`)
  }
  const basic = read(basicSource)
  if (basic !== undefined && basic !== "USER_INFO" && basic !== "URL") {
    problems.push(
      `'${prefix}.basic-auth.credentials-source' = '${basic}' is not supported: use USER_INFO or URL`
    )
  }
  if (basic === "USER_INFO" && read(basicUser) === undefined) {
    problems.push(
      `'${prefix}.basic-auth.credentials-source' = 'USER_INFO' needs '${prefix}.basic-auth.user-info'`
    )
  }
  const bearer = read(bearerSource)
  if (bearer !== undefined && bearer !== "STATIC_TOKEN") {
    problems.push(
      `'${prefix}.bearer-auth.credentials-source' = '${bearer}' is not supported: use STATIC_TOKEN`
    )
  }
  if (bearer !== undefined && read(bearerToken) === undefined) {
    problems.push(`'${prefix}.bearer-auth.credentials-source' needs '${prefix}.bearer-auth.token'`)
  }
  for (const name of options.template(properties).keys()) {
    if (!synonyms.has(name)) {
      problems.push(
        `'${prefix}.properties.${name}' is not known; known are ${[...synonyms.keys()].join(", ")}`
      )
    }
  }
  return problems
}

function protocolOf(address: string): string {
  try {
    return new URL(address).protocol
  } catch {
    return ""
  }
}
