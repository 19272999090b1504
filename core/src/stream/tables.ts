/**
 * Tables in a DataStream program: connector and format by string options, as in SQL, records by a Schema. A program names them
 * while it builds the graph; their factories are loaded and their options checked when the job is compiled.
 */
import type { Batch } from "../batch/element.ts"
import { assert } from "../fault.ts"
import type { SourceWork } from "../graph/graph.ts"
import type { OperatorContext, Plain } from "../operator/operator.ts"
import type { Sink, SinkGuarantee, SinkWriter } from "../sink/sink.ts"
import type {
  EnumeratorContext,
  Source,
  SourceGuarantee,
  SourceReader,
  SplitEnumerator
} from "../source/source.ts"
import { type BadRecordPolicy, BadRecords } from "../table/bad-records.ts"
import { badRecords } from "../table/common-options.ts"
import { resolveConnector } from "../table/connector.ts"
import type { Registry } from "../table/factory.ts"
import { OptionFault } from "../table/option-fault.ts"
import type { PlanTable } from "../table/plan.ts"
import type { RowCodec } from "./schema-row.ts"

/** The WITH clause. */
export type TableOptions = Readonly<Record<string, string>>

/** The tables of one program. */
export class Tables {
  private readonly parallelism: number
  private readonly pending: Array<(registry: Registry) => Promise<void>> = []

  constructor(parallelism: number) {
    this.parallelism = parallelism
  }

  /** A source over a table, usable after {@link resolve}. */
  source(options: TableOptions, codec: RowCodec): SourceWork {
    const later = new LaterSource()
    const table = tableOf(options, codec, this.pending.length)
    const bad = new BadRecords(table.name, policyOf(table), [], noClock)
    this.pending.push(async (registry) => {
      const input = { ...this.input(registry), onBad: bad.onBad }
      const { factory, context } = await resolveConnector(table, "source", input)
      later.source = factory.source!.make(context, {
        projection: codec.type.map((_, i) => [i]),
        metadata: [],
        filters: [],
        limit: undefined
      })
    })
    return {
      kind: "source",
      source: later,
      compute: codec.toValues,
      watermark: undefined,
      badRecords: bad.take
    }
  }

  /** A sink over a table, usable after {@link resolve}. */
  sink(options: TableOptions, codec: RowCodec): Sink {
    const later = new LaterSink(codec)
    const table = tableOf(options, codec, this.pending.length)
    this.pending.push(async (registry) => {
      const { factory, context } = await resolveConnector(table, "sink", this.input(registry))
      later.sink = factory.sink!.make(context, codec.type, {
        overwrite: false,
        staticPartition: {}
      })
    })
    return later
  }

  /** Find every factory, check all options and make the sources and sinks. */
  async resolve(registry: Registry): Promise<void> {
    for (const one of this.pending) await one(registry)
  }

  private input(registry: Registry): Parameters<typeof resolveConnector>[2] {
    return { registry, timeZone: "UTC", parallelism: this.parallelism }
  }
}

/** Only dead letters carry a time. */
function noClock(): number {
  return 0
}

/** Dead letters need a table of the same script; a program has none to name. */
function policyOf(table: PlanTable): BadRecordPolicy {
  const policy = table.options[badRecords.key] ?? badRecords.default!
  if (policy !== "dead-letter") return policy as BadRecordPolicy
  const others = [
    "'millrace.bad-records' = 'dead-letter' is for SQL: in a DataStream program use 'fail' or 'skip'"
  ]
  throw new OptionFault({
    table: table.name,
    place: undefined,
    identifier: table.options["connector"],
    problems: [],
    others
  })
}

function tableOf(options: TableOptions, codec: RowCodec, index: number): PlanTable {
  return {
    name: options["path"] ?? options["topic"] ?? `table ${index + 1}`,
    options,
    physical: codec.type,
    metadata: [],
    partitionKeys: [],
    primaryKey: [],
    place: undefined
  }
}

class LaterSource implements Source {
  source: Source | undefined = undefined

  private get made(): Source {
    assert(this.source !== undefined, "tables are resolved before the job runs")
    return this.source
  }

  get boundedness(): "bounded" | "unbounded" {
    return this.made.boundedness
  }

  get guarantee(): SourceGuarantee {
    return this.made.guarantee
  }

  get assignment(): Source["assignment"] {
    return this.made.assignment
  }

  enumerator(context: EnumeratorContext): SplitEnumerator {
    return this.made.enumerator(context)
  }

  reader(): SourceReader {
    return this.made.reader()
  }
}

class LaterSink implements Sink {
  sink: Sink | undefined = undefined
  private readonly codec: RowCodec

  constructor(codec: RowCodec) {
    this.codec = codec
  }

  private get made(): Sink {
    assert(this.sink !== undefined, "tables are resolved before the job runs")
    return this.sink
  }

  get guarantee(): SinkGuarantee {
    return this.made.guarantee
  }

  writer(): SinkWriter {
    return new ColumnWriter(this.made.writer(), this.codec)
  }

  get committer(): Sink["committer"] {
    return this.made.committer
  }

  get prepare(): Sink["prepare"] {
    return this.made.prepare
  }
}

/** Turns records into columns in front of a table's writer. */
class ColumnWriter implements SinkWriter {
  private readonly writer: SinkWriter
  private readonly codec: RowCodec

  constructor(writer: SinkWriter, codec: RowCodec) {
    this.writer = writer
    this.codec = codec
  }

  open(context: OperatorContext, state: ReadonlyArray<Plain>): void {
    this.writer.open(context, state)
  }

  ready(): boolean {
    return this.writer.ready()
  }

  write(batch: Batch): void {
    this.writer.write(this.codec.toColumns(batch))
  }

  prepareCommit(checkpoint: number, final: boolean): ReturnType<SinkWriter["prepareCommit"]> {
    return this.writer.prepareCommit(checkpoint, final)
  }

  snapshot(): ReadonlyArray<Plain> {
    return this.writer.snapshot()
  }

  close(): void {
    this.writer.close()
  }
}
