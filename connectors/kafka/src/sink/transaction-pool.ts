/**
 * Names of one subtask's transactions: `<prefix>-<subtask>-<attempt>-<number>`, used again as soon as that is safe. With the attempt in it
 * no name is one that a restored checkpoint holds.
 *
 * **Invariant** a name is given out again only when no checkpoint that may still be restored holds a transaction of it: its commit has
 * succeeded, a checkpoint without it was taken after that, and this checkpoint (or a later one) is complete. So a restored commit always
 * finds the producer epoch that it was prepared with.
 */

/** See the head of this file. Numbers of checkpoints rise. */
export class TransactionPool {
  private readonly prefix: string
  private readonly free: Array<string> = []
  private made = 0
  /** Taken and not yet known to be committed. */
  private readonly used = new Set<string>()
  /** Committed since the last snapshot. That one may still hold them, as the commit is told to the engine a moment later. */
  private committed: Array<string> = []
  /** Committed before the last snapshot. */
  private settled: Array<string> = []
  /** Not in the checkpoint `since` any more, nor in any later one. */
  private retiring: Array<{ readonly name: string; readonly since: number }> = []

  constructor(prefix: string, subtask: number, attempt: number) {
    this.prefix = `${prefix}-${subtask}-${attempt}-`
  }

  /** A name for a new transaction. */
  take(): string {
    const name = this.free.shift() ?? `${this.prefix}${this.made++}`
    this.used.add(name)
    return name
  }

  /** Its transaction is committed. May be said again. */
  release(name: string): void {
    // those of earlier attempts are not used again
    if (this.used.delete(name)) this.committed.push(name)
  }

  /** The snapshot of a checkpoint is being taken. */
  cut(checkpoint: number): void {
    for (const name of this.settled) this.retiring.push({ name, since: checkpoint })
    this.settled = this.committed
    this.committed = []
  }

  /** A checkpoint is complete. */
  complete(checkpoint: number): void {
    const kept: typeof this.retiring = []
    for (const one of this.retiring) {
      if (one.since <= checkpoint) this.free.push(one.name)
      else kept.push(one)
    }
    this.retiring = kept
  }
}

/** Whose transaction a name is: the subtask's number, when the name has the prefix. */
export function subtaskOf(prefix: string, name: string): number | undefined {
  if (!name.startsWith(`${prefix}-`)) return undefined
  const match = /^(\d+)-\d+-\d+$/.exec(name.slice(prefix.length + 1))
  return match === null ? undefined : Number(match[1])
}
