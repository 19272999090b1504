/** Reads the command line, runs the command and ends the process with its exit code. */
import process from "node:process"
import { writeStandard } from "@millrace/core/internal"
import { commands, help, type Invocation, parseArguments, usage, UsageError } from "./arguments.ts"
import { failureText } from "./failure.ts"

/** 0 done, 1 job or SQL error, 2 usage, 130 or 143 after a clean stop by SIGINT or SIGTERM. */
export async function main(args: ReadonlyArray<string>): Promise<void> {
  process.exitCode = await invoke(args)
  // Connectors may leave sockets that would keep the process alive; everything of the job has ended.
  process.exit()
}

async function invoke(args: ReadonlyArray<string>): Promise<number> {
  if (args.length === 0 || args[0] === "--help" || args[0] === "help") {
    writeStandard("output", usage() + "\n")
    return args.length === 0 ? 2 : 0
  }
  try {
    const asked = args.includes("--help")
      ? commands.find((command) => command.name === args[0])
      : undefined
    if (asked !== undefined) {
      writeStandard("output", help(asked) + "\n")
      return 0
    }
    return await dispatch(parseArguments(args))
  } catch (error) {
    const wrongUsage = error instanceof UsageError
    writeStandard("error", `${wrongUsage ? error.message : failureText(error)}\n`)
    return wrongUsage ? 2 : 1
  }
}

async function dispatch(invocation: Invocation): Promise<number> {
  switch (invocation.command.name) {
    case "run":
      return await (await import("./run.ts")).run(invocation)
    case "explain":
      return await (await import("./explain.ts")).explain(invocation)
    case "parse":
      return (await import("./parse.ts")).parse(invocation)
    case "checkpoint":
      return (await import("./checkpoint.ts")).checkpoint(invocation)
    case "factories":
      return (await import("./factories.ts")).factories(invocation)
    default:
      return await (await import("./connectors.ts")).connectors(invocation)
  }
}
