/**
 * `${env:NAME}` in option values: passwords and addresses stay out of scripts. A reference is kept as it is in catalogs and
 * plans, and replaced only where a connector reads its options.
 */

/** The value of an environment variable, or undefined. */
export type Environment = (name: string) => string | undefined

const reference = /\$\{env:([^}]*)\}/g

/** Options with references replaced, and the keys in which there were any. Unset variables are told in `problems`. */
export function expandOptions(
  options: Readonly<Record<string, string>>,
  environment: Environment | undefined,
  problems: Array<string>
): {
  readonly given: Readonly<Record<string, string>>
  readonly expanded: ReadonlySet<string>
} {
  const expanded = new Set<string>()
  const given: Record<string, string> = {}
  for (const [key, text] of Object.entries(options)) {
    given[key] = text.replace(reference, (whole, name: string) => {
      expanded.add(key)
      const value = environment?.(name)
      if (value !== undefined) return value
      problems.push(
        `Option '${key}' needs the environment variable '${name}', which is not set: set it, or write the value`
      )
      return whole
    })
  }
  return { given, expanded }
}
