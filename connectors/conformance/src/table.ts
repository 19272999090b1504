/**
 * A table that a suite uses: its options are resolved as the planner does it, and every look-up of an option is noted, so that
 * an option that is declared, parsed and never asked for is found.
 */
import {
  type Connector,
  type ConnectorFactory,
  type FormatFactory,
  type LogicalType,
  type LookupAbility,
  type Option,
  type PlanTable,
  type ReadOptions,
  Registry,
  resolveConnector,
  type ScanAbilities,
  type Sink,
  type Source,
  type TableContext
} from "@millrace/core/internal"

/** A table as its DDL would say it. */
export interface TableSpec {
  /** The WITH clause, `connector` left out. */
  readonly options: Readonly<Record<string, string>>
  readonly physical: LogicalType.RowType
  readonly partitionKeys?: ReadonlyArray<string>
}

/** What is tested: the connector and the formats that its tables name. */
export interface Subject {
  readonly factory: ConnectorFactory
  readonly formats?: ReadonlyArray<FormatFactory>
}

/** The table of a plan. */
export function planTable(subject: Subject, spec: TableSpec): PlanTable {
  return {
    name: "default_catalog.default_database.t",
    options: { connector: subject.factory.identifier, ...spec.options },
    physical: spec.physical,
    metadata: [],
    partitionKeys: spec.partitionKeys ?? [],
    primaryKey: [],
    place: { file: "conformance.sql", line: 3, column: 14 }
  }
}

/** Resolve a table. Rejects with an OptionFault. `consulted` collects the keys that the connector asks for. */
export async function resolve(
  subject: Subject,
  spec: TableSpec,
  role: "source" | "sink",
  parallelism: number,
  consulted: Set<string> = new Set()
): Promise<Connector> {
  const noted: ConnectorFactory = notingFactory(subject.factory, consulted)
  return await resolveConnector(planTable(subject, spec), role, {
    registry: Registry.make([noted, ...subject.formats ?? []]),
    timeZone: "UTC",
    parallelism,
    onBad: (record) => {
      throw new Error(`A bad record in the suite's own data: ${record.error}`)
    }
  })
}

/** Every physical column, and the metadata asked for. */
export function wholeScan(
  physical: LogicalType.RowType,
  metadata: ReadonlyArray<string> = []
): ScanAbilities {
  return { projection: physical.map((_, i) => [i]), metadata, filters: [], limit: undefined }
}

/** Make the source of a table. */
export async function sourceOf(
  subject: Subject,
  spec: TableSpec,
  parallelism: number,
  scan: ScanAbilities = wholeScan(spec.physical),
  consulted?: Set<string>
): Promise<Source> {
  const { factory, context } = await resolve(subject, spec, "source", parallelism, consulted)
  return factory.source!.make(context, scan)
}

/** Make the sink of a table, which is given all physical columns. */
export async function sinkOf(
  subject: Subject,
  spec: TableSpec,
  parallelism: number,
  consulted?: Set<string>
): Promise<Sink> {
  const { factory, context } = await resolve(subject, spec, "sink", parallelism, consulted)
  return factory.sink!.make(context, spec.physical, { overwrite: false, staticPartition: {} })
}

function notingFactory(factory: ConnectorFactory, consulted: Set<string>): ConnectorFactory {
  const { source, lookup, sink, check } = factory
  const noted = (context: TableContext): TableContext => ({
    ...context,
    options: notingOptions(context.options, consulted)
  })
  return {
    ...factory,
    ...(check === undefined ? {} : { check: (context, role) => check(noted(context), role) }),
    ...(source === undefined ? {} : {
      source: {
        traits: (context) => source.traits(noted(context)),
        make: (context, abilities) => source.make(noted(context), abilities)
      }
    }),
    ...(lookup === undefined ? {} : { lookup: notingLookup(lookup, noted) }),
    ...(sink === undefined ? {} : {
      sink: {
        traits: (context) => sink.traits(noted(context)),
        make: (context, consumed, abilities) => sink.make(noted(context), consumed, abilities)
      }
    })
  }
}

function notingLookup(
  lookup: LookupAbility,
  noted: (context: TableContext) => TableContext
): LookupAbility {
  if (lookup.kind === "full") {
    return { kind: "full", reloadMillis: (context) => lookup.reloadMillis(noted(context)) }
  }
  const { problem } = lookup
  return {
    kind: "asked",
    cache: (context) => lookup.cache(noted(context)),
    make: (context, abilities) => lookup.make(noted(context), abilities),
    ...(problem === undefined ? {} : { problem: (context, keys) => problem(noted(context), keys) })
  }
}

function notingOptions(read: ReadOptions, consulted: Set<string>): ReadOptions {
  const note = (option: Option): void => void consulted.add(option.key)
  return {
    get: (option) => {
      note(option as unknown as Option)
      return read.get(option)
    },
    need: (option) => {
      note(option as unknown as Option)
      return read.need(option)
    },
    template: (option) => {
      note(option)
      return read.template(option)
    },
    given: (option) => {
      note(option)
      return read.given(option)
    }
  }
}
