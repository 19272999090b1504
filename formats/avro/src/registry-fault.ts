/** What can go wrong with a schema registry. */
import { Fault, type FaultClass } from "@millrace/core/internal"

type UnreachableFields = { action: string; host: string; detail: string }
type RefusedFields = { action: string; host: string; status: number; detail: string }

const UnreachableBase: FaultClass<"RegistryUnreachable", UnreachableFields> = Fault<
  UnreachableFields
>()("RegistryUnreachable", "external", "backoff")

/** No registry answered, or it failed itself. Trying again may help. `host`: of the last address, without a user. */
export class RegistryUnreachable extends UnreachableBase {
  override get message(): string {
    return `Cannot ${this.action} as the schema registry at ${this.host} does not answer: ${this.detail}`
  }
}

const RefusedBase: FaultClass<"RegistryRefused", RefusedFields> = Fault<RefusedFields>()(
  "RegistryRefused",
  "user",
  "never"
)

/** The registry said no: an incompatible schema (409), no access (401, 403), an unknown subject. */
export class RegistryRefused extends RefusedBase {
  override get message(): string {
    return `Cannot ${this.action} as the schema registry at ${this.host} answers ${this.status}: ${this.detail}`
  }
}
