/**
 * Broken versions of the engine as data: each replaces a piece of text that stands exactly once in its file. They exist
 * only while the tests load them; nothing of them is in what runs.
 */

/** One replacement in one file. */
export interface Edit {
  /** Path from `core/src`. */
  readonly file: string
  /** The text that is there, once. */
  readonly before: string
  readonly after: string
}

/** A broken version. */
export interface Mutant {
  readonly name: string
  /** The rule of RELIABILITY that it breaks. */
  readonly rule: string
  readonly edits: ReadonlyArray<Edit>
}

/** `source` with the edits of `mutant` for `file`. Throws when a text is not there or not alone. */
export function patch(mutant: Mutant, file: string, source: string): string {
  let patched = source
  for (const edit of mutant.edits) {
    if (edit.file !== file) continue
    const count = patched.split(edit.before).length - 1
    if (count !== 1) {
      throw new Error(
        `Cannot make mutant "${mutant.name}": its text stands ${count} times in "${file}", wanted once`
      )
    }
    patched = patched.replace(edit.before, () => edit.after)
  }
  return patched
}
