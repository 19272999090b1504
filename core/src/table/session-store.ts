/** The catalog store that SET has chosen: taken up before the first statement that needs it. */
import { Fault, type FaultClass } from "../fault.ts"
import { describe } from "./option-fault.ts"
import { type OptionProblem, readOptions } from "./options.ts"
import { catalogStoreKind, catalogStoreOptions } from "./session-options.ts"
import { expandOptions } from "./environment.ts"
import type { SessionState } from "./session-state.ts"

const CatalogStoreFaultBase: FaultClass<
  "CatalogStoreFault",
  { identifier: string; problems: ReadonlyArray<string> }
> = Fault<{ identifier: string; problems: ReadonlyArray<string> }>()(
  "CatalogStoreFault",
  "user",
  "never"
)

/** The options of the catalog store do not fit. */
export class CatalogStoreFault extends CatalogStoreFaultBase {
  override get message(): string {
    return `Cannot use the catalog store '${this.identifier}':\n${
      this.problems.map((problem) => `  - ${problem}`).join("\n")
    }`
  }
}

/** Take up the store that the session's options name, if it is not the one in use. */
export async function chooseStore(state: SessionState): Promise<void> {
  const settings = state.settings.read()
  const identifier = settings.need(catalogStoreKind)
  const prefix = `${identifier}.`
  const own = Object.fromEntries(
    [...settings.template(catalogStoreOptions)].filter(([key]) => key.startsWith(prefix))
  )
  const chosen = JSON.stringify([identifier, own])
  if (chosen === state.store.chosen) return
  const factory = await state.registry.catalogStore(identifier)
  if (factory === undefined) {
    const known = state.registry.identifiers("catalog-store").join(", ")
    throw new CatalogStoreFault({ identifier, problems: [`It is not installed (known: ${known})`] })
  }
  const problems: Array<OptionProblem> = []
  const others: Array<string> = []
  const consumed = new Set<string>()
  const { given } = expandOptions(own, state.registry.environment, others)
  const options = readOptions(factory.options, { given, prefix }, consumed, problems)
  for (const key of Object.keys(own)) {
    if (!consumed.has(key)) others.push(`Option 'table.catalog-store.${key}' is not known`)
  }
  if (problems.length + others.length > 0) {
    const texts = problems.map((problem) =>
      describe({ ...problem, key: `table.catalog-store.${problem.key}` })
        .replace("to the WITH clause", "by SET")
    )
    throw new CatalogStoreFault({ identifier, problems: [...texts, ...others] })
  }
  await state.catalogs.useStore(
    factory.make({ name: identifier, options, disk: state.disk })
  )
  state.store.chosen = chosen
}
