/**
 * Names of parts: `part-<run>-<subtask>-<attempt>-<number>`. With the attempt in it a name is never used twice by one run, so what an
 * earlier attempt left can be told from what is being written, and no counter has to be restored.
 */

/** The visible name, without the format's ending. */
export function partName(run: string, subtask: number, attempt: number, number: number): string {
  return `part-${run}-${subtask}-${attempt}-${number}`
}

/**
 * The attempt that wrote the hidden file `name`, when it is of this run. A second dot begins the draft that the disk makes for a moment
 * while it creates a part: a process that is killed then leaves it.
 */
export function attemptOf(name: string, run: string): number | undefined {
  const hidden = name.startsWith("..") ? name.slice(1) : name
  const prefix = `.part-${run}-`
  if (!hidden.startsWith(prefix)) return undefined
  const match = /^\d+-(\d+)-\d+(?:\.|$)/.exec(hidden.slice(prefix.length))
  return match === null ? undefined : Number(match[1])
}
