/**
 * What is wrong with one message, thrown inside the decoder and turned into a bad record or a fault at its border. It has no stack,
 * since hostile input may bring millions of them.
 */

/** `text` is a sentence without a full stop, as {@link BadRecord.error} wants it. */
export class Problem {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Throw what is wrong. */
export function fail(text: string): never {
  throw new Problem(text)
}
