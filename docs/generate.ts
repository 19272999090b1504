/**
 * Writes the parts of the pages that come from declarations: options, settings, flags, functions. `node scripts/docs.mjs` writes them
 * into the pages, between their marks; a test compares the committed pages with what is generated.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import process from "node:process"
import { fileURLToPath } from "node:url"
import {
  commonOptions,
  type Factory,
  functionNames,
  type Option,
  Registry,
  SessionOptions
} from "@millrace/core/internal"
import { properties as kafkaProperties } from "../connectors/kafka/src/mod.ts"
import { builtIn, commands } from "millrace"

const folder = fileURLToPath(new URL(".", import.meta.url))

/** Names of all pages, relative to this folder. */
export const pages: ReadonlyArray<string> = [
  "../README.md",
  ...readdirSync(folder).filter((name) => name.endsWith(".md")).sort()
]

/** The text of a page. */
export function readPage(name: string): string {
  return readFileSync(folder + name, "utf8")
}

/** A page with its generated parts as they should be. */
export async function withGenerated(text: string): Promise<string> {
  const mark = /(<!-- begin generated: (.*?) -->\n)[\s\S]*?(<!-- end generated -->)/g
  let out = ""
  let at = 0
  for (const match of text.matchAll(mark)) {
    const [whole, begin, what, end] = match
    out += `${text.slice(at, match.index)}${begin}\n${await generate(what!)}\n${end}`
    at = match.index + whole.length
  }
  return out + text.slice(at)
}

/** The part that a mark names. */
async function generate(what: string): Promise<string> {
  const [kind, name] = what.split(" ") as [string, string | undefined]
  const registry = Registry.make(builtIn)
  switch (kind) {
    case "connector":
      return factoryPart((await registry.connector(name!))!)
    case "format":
      return factoryPart((await registry.format(name!))!)
    case "common-options":
      return optionTables(commonOptions, "")
    case "kafka-properties":
      return table(
        ["Property", "Meaning"],
        Object.entries(kafkaProperties).map(([key, meaning]) => [`\`${key}\``, meaning])
      )
    case "settings":
      return optionTables(SessionOptions.sessionOptions, "")
    case "flags":
      return flags()
    case "functions":
      return `\`\`\`text\n${filled(functionNames())}\n\`\`\`\n`
    default:
      throw new Error(`No part "${what}" can be generated`)
  }
}

function factoryPart(factory: Factory): string {
  const prefix = factory.kind === "format" ? `${factory.identifier}.` : ""
  return `${factory.description}\n\nPackage: \`${factory.package}\`\n\n` +
    (factory.options.length === 0
      ? "It has no options of its own.\n"
      : optionTables(factory.options, prefix))
}

function optionTables(options: ReadonlyArray<Option>, prefix: string): string {
  const known = options.filter((option) => option.unsupported === undefined)
  const refused = options.filter((option) => option.unsupported !== undefined)
  const key = (option: Option) =>
    `\`${option.key.startsWith("millrace.") ? option.key : prefix + option.key}\``
  const first = table(
    ["Option", "Value", "Default", "Meaning"],
    known.map((option) => [key(option), valueOf(option), defaultOf(option), meaningOf(option)])
  )
  if (refused.length === 0) return first
  return `${first}\nRefused by name when given:\n\n${
    table(["Option", "Why"], refused.map((option) => [key(option), option.unsupported!]))
  }`
}

function valueOf(option: Option): string {
  return option.kind === "enum"
    ? option.values!.map((value) => `\`${value}\``).join(", ")
    : option.kind
}

function defaultOf(option: Option): string {
  if (option.required === true) return "required"
  return option.default === undefined ? "" : `\`${option.default}\``
}

function meaningOf(option: Option): string {
  const others = (option.fallbackKeys ?? []).map((key) => `\`${key}\``).join(", ")
  return others === "" ? option.description : `${option.description} Also read as ${others}.`
}

function flags(): string {
  return commands.map((command) => {
    const head = `### \`millrace ${command.name} ${command.operands}\`\n\n${command.description}\n`
    if (command.flags.length === 0) return head
    const rows = command.flags.map((flag) => [
      `\`--${flag.name}${flag.value === undefined ? "" : ` ${flag.value}`}\``,
      flag.description
    ])
    return `${head}\n${table(["Flag", "Meaning"], rows)}`
  }).join("\n")
}

/** A table in the form that the formatter leaves as it is. */
function table(head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")))
  const widths = head.map((_, i) => Math.max(3, ...cells.map((row) => row[i]!.length)))
  const line = (row: ReadonlyArray<string>) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |\n`
  const rule = widths.map((width) => "-".repeat(width))
  return [cells[0]!, rule, ...cells.slice(1)].map(line).join("")
}

/** Words in lines of at most 96 characters. */
function filled(words: ReadonlyArray<string>): string {
  const lines = [""]
  for (const word of words) {
    const last = lines.length - 1
    if (lines[last] === "") lines[last] = word
    else if (lines[last]!.length + word.length + 1 > 96) lines.push(word)
    else lines[last] += ` ${word}`
  }
  return lines.join("\n")
}

if (process.argv[2] === "--write") {
  for (const name of pages) writeFileSync(folder + name, await withGenerated(readPage(name)))
}
