/** Side outputs: streams beside the main one of a process function, of values of their own types. */

/** Names a side output and its values' type. */
export interface SideOutput<A> {
  readonly name: string
  /** Never there: carries the type. */
  readonly value?: A
}

/** A side output. One of each name per function. */
export function make<A>(name: string): SideOutput<A> {
  return { name }
}
