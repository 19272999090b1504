/** Runs the statements of a SQL script: results are printed, jobs are started and, for a query, waited for. */
import {
  type Batch,
  builtInSettings,
  compilePlan,
  makeTimeZone,
  type Plan,
  type PlanNode,
  Registry,
  renderRow,
  Session,
  writeStandard
} from "@millrace/core/internal"
import type { Jobs } from "./jobs.ts"
import { builtIn } from "./registry.ts"
import { TableOutput } from "./table-output.ts"
