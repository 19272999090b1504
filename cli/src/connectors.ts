/** `millrace connectors [IDENTIFIER]`: what is installed, and the options of one, from the same declarations that check them. */
import { commonOptions, type Factory, type Option, writeStandard } from "@millrace/core/internal"
import { type Invocation, UsageError } from "./arguments.ts"
import { nearest } from "@millrace/core/internal"
import { makeRegistry } from "./registry.ts"

/** Print the list, or one factory. */
export async function connectors(invocation: Invocation): Promise<number> {
  const registry = makeRegistry()
  const [identifier] = invocation.operands
  if (identifier === undefined) {
    for (const kind of ["connector", "format", "catalog"] as const) {
      writeStandard("output", `${kind}s:\n`)
      for (const name of registry.identifiers(kind)) {
        const factory = (await registry[kind](name))!
        writeStandard("output", `  ${name.padEnd(14)} ${factory.description}\n`)
      }
    }
    return 0
  }
  const found = await registry.connector(identifier) ?? await registry.format(identifier) ??
    await registry.catalog(identifier)
  if (found === undefined) {
    const known = (["connector", "format", "catalog"] as const).flatMap((kind) =>
      registry.identifiers(kind)
    )
    const near = nearest(identifier, known)
    throw new UsageError(
      `No connector, format or catalog '${identifier}'.${
        near === undefined ? "" : ` Did you mean '${near}'?`
      } Installed: ${known.join(", ")}`
    )
  }
  writeStandard("output", describe(found))
  return 0
}

function describe(factory: Factory): string {
  const prefix = factory.kind === "format" ? `${factory.identifier}.` : ""
  const roles = rolesOf(factory).filter((role) => role !== "")
  const own = factory.options.filter((option) => option.unsupported === undefined)
  const refused = factory.options.filter((option) => option.unsupported !== undefined)
  const common = factory.kind === "connector"
    ? commonOptions.filter((option) => option.unsupported === undefined)
    : []
  return `${factory.kind} '${factory.identifier}' (${factory.package}): ${factory.description}\n` +
    (roles.length === 0 ? "\n" : `Roles: ${roles.join(", ")}\n\n`) +
    [...own, ...common].map((option) => line(option, prefix)).join("") +
    (refused.length === 0
      ? ""
      : `\nRefused by name:\n${
        refused.map((option) => `  ${prefix}${option.key}: ${option.unsupported}\n`).join("")
      }`)
}

function rolesOf(factory: Factory): ReadonlyArray<string> {
  if (factory.kind === "format") {
    return [
      factory.decoder ?? factory.bulkReader ? "read" : "",
      factory.encoder ?? factory.bulkWriter ? "write" : ""
    ]
  }
  if (factory.kind !== "connector") return []
  return [factory.source === undefined ? "" : "source", factory.sink === undefined ? "" : "sink"]
}

function line(option: Option, prefix: string): string {
  const key = option.key.startsWith("millrace.") ? option.key : prefix + option.key
  const facts = [
    option.kind === "enum" ? option.values!.join(" | ") : option.kind,
    option.required === true
      ? "required"
      : option.default === undefined
      ? "no default"
      : `default '${option.default}'`,
    ...(option.secret === true ? ["secret"] : [])
  ]
  return `  ${key}\n      ${facts.join(", ")}. ${option.description}\n`
}
