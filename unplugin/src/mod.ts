/**
 * The plug-in for bundlers: `import { factories } from "millrace:factories"` becomes a list of all connectors, formats and
 * catalogs that the project's packages declare, as a merged service file would be. Two packages with one factory fail the
 * build by name.
 *
 * **Example** for esbuild
 * ```ts
 * import { millrace } from "@millrace/unplugin"
 * await esbuild.build({ entryPoints: ["app.ts"], bundle: true, plugins: [millrace.esbuild()] })
 * ```
 * @module
 */
import { discover, factoriesModule } from "@millrace/core/internal"
import { createUnplugin, type UnpluginInstance } from "unplugin"

/** What may be said to the plug-in. */
export interface MillraceOptions {
  /** Where the project is: its `package.json` here or above (the working directory). */
  readonly directory?: string
}

const name = "millrace:factories"
const resolved = `\0${name}`

/** The plug-in: `millrace.esbuild()`, `.rolldown()`, `.rollup()`, `.vite()`, `.webpack()`, `.rspack()`, `.farm()`, `.bun()`. */
export const millrace: UnpluginInstance<MillraceOptions | undefined, boolean> = createUnplugin<
  MillraceOptions | undefined
>(
  (options) => ({
    name: "millrace",
    resolveId: (id: string) => id === name ? resolved : undefined,
    loadInclude: (id: string) => id === resolved,
    load: (id: string) =>
      id === resolved
        ? factoriesModule(discover(options?.directory ?? globalThis.process.cwd()).factories)
        : undefined
  })
)
