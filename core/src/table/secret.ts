/** How option values are shown: secrets never, not those inside of addresses either. */
import { isSecretKey } from "./options.ts"

const hidden = "******"

/** `user:password@` of an address: what stands between the slashes and the last `@` before the path. */
const credentials = /([a-z][a-z0-9+.-]*:\/\/)([^/?#\s'"]*)@/gi

/** Names of query parameters and of `key=value` parts whose value is a secret: `?password=…`, `;token=…`. */
const parameter = /([?&;,\s])([\w.-]+)=([^&;,\s'"]+)/g

/** The value of an option as it may be shown. `declared`: keys that factories declared secret. */
export function shownValue(key: string, value: string, declared?: ReadonlySet<string>): string {
  if (isReference(value)) return value
  if (isSecretKey(key) || declared?.has(key) === true) return hidden
  return withoutCredentials(value)
}

/** A text with the passwords in addresses and parameters left out. */
export function withoutCredentials(text: string): string {
  return text.replace(credentials, (_, scheme: string, user: string) => {
    const at = user.indexOf(":")
    return `${scheme}${at < 0 ? user : `${user.slice(0, at)}:${hidden}`}@`
  }).replace(
    parameter,
    (whole, before: string, name: string) =>
      isSecretKey(name) ? `${before}${name}=${hidden}` : whole
  )
}

/** All options as they may be shown. */
export function shownOptions(
  options: Readonly<Record<string, string>>,
  declared?: ReadonlySet<string>
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => [key, shownValue(key, value, declared)])
  )
}

/** Whether a value only names where its secret is. */
function isReference(value: string): boolean {
  return /^\$\{env:[^}]+\}$/.test(value)
}
