/** Reads the command line: one table of commands and flags is the source of parsing and of `--help`. */

/** A flag of a command. */
export interface Flag {
  readonly name: string
  /** What follows it; undefined: nothing. */
  readonly value: string | undefined
  readonly description: string
  readonly repeated?: boolean
}

/** A command. */
export interface Command {
  readonly name: string
  /** Positional arguments, for the usage line. */
  readonly operands: string
  readonly operandsMin: number
  readonly operandsMax: number
  readonly description: string
  readonly flags: ReadonlyArray<Flag>
}

const output: Flag = {
  name: "output",
  value: "table|json|csv",
  description: "How rows of a query are printed (table)."
}

/** All commands. */
export const commands: ReadonlyArray<Command> = [
  {
    name: "run",
    operands: "FILE.sql|FILE.ts",
    operandsMin: 1,
    operandsMax: 1,
    description: "Run the statements of a file, or the job that a module exports.",
    flags: [
      {
        name: "resume",
        value: undefined,
        description: "Go on from the newest complete checkpoint of the same job."
      },
      output,
      {
        name: "empty",
        value: "DIRECTORY",
        repeated: true,
        description: "Empty a directory first; refused while a running job holds it."
      },
      { name: "quiet", value: undefined, description: "No progress line." }
    ]
  },
  {
    name: "explain",
    operands: "FILE.sql",
    operandsMin: 1,
    operandsMax: 1,
    description: "Print the plan of each job in a file without running it.",
    flags: [{ name: "json", value: undefined, description: "As JSON." }]
  },
  {
    name: "parse",
    operands: "FILE.jsonl",
    operandsMin: 1,
    operandsMax: 1,
    description: "Parse statements given as lines of {id, sql}; print a verdict for each.",
    flags: []
  },
  {
    name: "checkpoint",
    operands: "list|verify DIRECTORY",
    operandsMin: 2,
    operandsMax: 2,
    description: "List or verify the checkpoints below a directory.",
    flags: []
  },
  {
    name: "factories",
    operands: "[FILE]",
    operandsMin: 0,
    operandsMax: 1,
    description:
      "Write a module that lists the project's connectors and formats, for bundles and compiled programs.",
    flags: []
  },
  {
    name: "connectors",
    operands: "[IDENTIFIER]",
    operandsMin: 0,
    operandsMax: 1,
    description: "List connectors and formats, or the options of one.",
    flags: []
  }
]

/** What was asked. */
export interface Invocation {
  readonly command: Command
  readonly operands: ReadonlyArray<string>
  readonly flags: ReadonlyMap<string, ReadonlyArray<string>>
}

/** Wrong usage: the message says what to do; exit code 2. */
export class UsageError extends Error {}

/** Parse the arguments after the program's name. Throws {@link UsageError}. */
export function parseArguments(args: ReadonlyArray<string>): Invocation {
  const [name, ...rest] = args
  const command = commands.find((candidate) => candidate.name === name)
  if (command === undefined) {
    throw new UsageError(name === undefined ? usage() : `Unknown command '${name}'\n\n${usage()}`)
  }
  const operands: Array<string> = []
  const flags = new Map<string, Array<string>>()
  for (let i = 0; i < rest.length; i++) {
    const arg = rest[i]!
    if (!arg.startsWith("--") || arg === "--") {
      operands.push(arg)
      continue
    }
    const [flagName, inline] = splitFlag(arg)
    const flag = command.flags.find((candidate) => candidate.name === flagName)
    if (flag === undefined) {
      throw new UsageError(`Unknown flag '--${flagName}' of '${command.name}'\n\n${help(command)}`)
    }
    if (flag.value === undefined && inline !== undefined) {
      throw new UsageError(`Flag '--${flagName}' takes no value`)
    }
    const value = flag.value === undefined ? "" : inline ?? rest[++i]
    if (value === undefined) {
      throw new UsageError(`Flag '--${flagName}' needs a value: ${flag.value}`)
    }
    if (flag.value?.includes("|") === true && !flag.value.split("|").includes(value)) {
      throw new UsageError(
        `Flag '--${flagName}' must be one of ${flag.value.split("|").join(", ")}, but is '${value}'`
      )
    }
    if (flags.has(flagName) && flag.repeated !== true) {
      throw new UsageError(`Flag '--${flagName}' is given twice`)
    }
    flags.set(flagName, [...flags.get(flagName) ?? [], value])
  }
  if (operands.length < command.operandsMin || operands.length > command.operandsMax) {
    throw new UsageError(`Usage: millrace ${command.name} ${command.operands}`)
  }
  return { command, operands, flags }
}

function splitFlag(arg: string): readonly [name: string, value: string | undefined] {
  const at = arg.indexOf("=")
  return at < 0 ? [arg.slice(2), undefined] : [arg.slice(2, at), arg.slice(at + 1)]
}

/** The overview. */
export function usage(): string {
  const lines = commands.map((command) =>
    `  millrace ${`${command.name} ${command.operands}`.padEnd(34)} ${command.description}`
  )
  return `Usage:\n${lines.join("\n")}\n\nmillrace COMMAND --help tells a command's flags.`
}

/** The help of one command. */
export function help(command: Command): string {
  const flags = command.flags.map((flag) =>
    `  --${
      `${flag.name}${flag.value === undefined ? "" : ` ${flag.value}`}`.padEnd(26)
    } ${flag.description}`
  )
  const head = `Usage: millrace ${command.name} ${command.operands}\n\n${command.description}`
  return flags.length === 0 ? head : `${head}\n\n${flags.join("\n")}`
}
