/**
 * Names of parts. Hidden, while written: `.part-<run>-<subtask>-<attempt>-<number>`. With the attempt in it a name is never used twice by one
 * run, so what an earlier attempt left can be told from what is being written, and no counter has to be restored. Visible:
 * `part-<run>-c<checkpoint>-<subtask>-<attempt>-<number>` with the checkpoint at whose barrier it ended, so that a restore of checkpoint n
 * knows what came after n: a part belongs to n and all later ones just when its own number is not greater.
 */

/** What tells the parts of one run apart, in both names. */
export function partTail(subtask: number, attempt: number, number: number): string {
  return `${subtask}-${attempt}-${number}`
}

/** The hidden name. `tail`: of {@link partTail}, with the format's ending. */
export function hiddenName(run: string, tail: string): string {
  return `.part-${run}-${tail}`
}

/** The visible name. */
export function partName(run: string, checkpoint: number, tail: string): string {
  return `part-${run}-c${checkpoint}-${tail}`
}

/**
 * The attempt that wrote the hidden file `name`, when it is of this run. A second dot begins the draft that the disk makes for a moment
 * while it creates a part: a process that is killed then leaves it.
 */
export function attemptOf(name: string, run: string): number | undefined {
  const hidden = name.startsWith("..") ? name.slice(1) : name
  const match = /^\d+-(\d+)-\d+(?:\.|$)/.exec(after(hidden, hiddenName(run, "")))
  return match === null ? undefined : Number(match[1])
}

/** The checkpoint at whose barrier the visible file `name` ended, when it is of this run. */
export function checkpointOf(name: string, run: string): number | undefined {
  const match = /^(\d+)-\d+-\d+-\d+(?:\.|$)/.exec(after(name, `part-${run}-c`))
  return match === null ? undefined : Number(match[1])
}

function after(text: string, prefix: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : ""
}
