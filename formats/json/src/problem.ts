/** Why a record is bad, thrown inside the format and turned into a `BadRecord` at its edge. Not an Error: no stack is taken. */
export class Problem {
  /** As in `BadRecord.error`. */
  readonly message: string
  /** Whether the record is no JSON at all, rather than JSON of another type. */
  readonly malformed: boolean

  constructor(message: string, malformed: boolean) {
    this.message = message
    this.malformed = malformed
  }
}
