/** Modules of users: found from the script that names them, loaded by the runtime. */
import { createRequire } from "node:module"
import { dirname, resolve } from "node:path"
import { cwd } from "node:process"
import { pathToFileURL } from "node:url"

/**
 * Load a module. `specifier` is a URL, a path as seen from the file `from`, or the name of a package installed there. Rejects with
 * whatever the module throws.
 */
export async function loadModule(
  specifier: string,
  from: string
): Promise<{ readonly url: string; readonly exports: Readonly<Record<string, unknown>> }> {
  const url = urlOf(specifier, from === "" ? resolve(cwd(), "script") : resolve(cwd(), from))
  return { url, exports: await import(url) as Readonly<Record<string, unknown>> }
}

function urlOf(specifier: string, from: string): string {
  if (/^[a-z][a-z0-9+.-]+:/.test(specifier)) return specifier
  const path = /^[./]/.test(specifier) || /\.[cm]?[jt]s$/.test(specifier)
    ? resolve(dirname(from), specifier)
    : createRequire(from).resolve(specifier)
  return pathToFileURL(path).href
}
