/**
 * SQL/JSON paths over trees: `lax $.a[0]['b'].*`, `$..c`, slices, lists of places, filters that compare one path with a literal, and
 * `length()`. A path is *definite* when it leads to one place at most; others give arrays of what they find. Without `lax`
 * a path is strict: a definite one that leads nowhere is an error.
 */
import { JsonNumber, type JsonTree } from "./json-tree.ts"

/** What is wrong with a path, as a sentence without full stop. */
export class PathMistake extends Error {}

/** A definite path leads nowhere. */
export class PathNotFound extends Error {}

type Step =
  | { readonly kind: "names"; readonly names: ReadonlyArray<string> }
  | { readonly kind: "places"; readonly places: ReadonlyArray<number> }
  | { readonly kind: "slice"; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly kind: "any" }
  | { readonly kind: "deep"; readonly name: string | undefined }
  | { readonly kind: "length" }
  | { readonly kind: "filter"; readonly test: (item: JsonTree) => boolean }

/** A path that was read. */
export interface JsonPath {
  readonly lax: boolean
  readonly definite: boolean
  readonly steps: ReadonlyArray<Step>
}

const nameForm = /^\.([^.[(\s]+)(?!\()/
const quotedForm =
  /^\[\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")((?:\s*,\s*(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))*)\s*\]/
const placesForm = /^\[\s*(-?\d+(?:\s*,\s*-?\d+)*)\s*\]/
const sliceForm = /^\[\s*(-?\d+)?\s*:\s*(-?\d+)?\s*\]/
const filterForm =
  /^\[\s*\?\(\s*@((?:\.[^\s.[\]()=<>!]+|\[[^\]]*\])*)\s*(?:(==|!=|<=|>=|<|>)\s*('(?:[^'\\]|\\.)*'|-?[\d.eE+]+|true|false|null))?\s*\)\s*\]/

const escapes = (text: string) => text.replace(/\\(.)/g, "$1")

function quotedNames(match: RegExpExecArray): ReadonlyArray<string> {
  const rest = [...(match[3] ?? "").matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g)]
  return [match[1] ?? match[2]!, ...rest.map((one) => one[1] ?? one[2]!)].map(escapes)
}

function literalOf(text: string): JsonTree {
  if (text.startsWith("'")) return escapes(text.slice(1, -1))
  if (text === "null") return null
  return text === "true" || text === "false" ? text === "true" : new JsonNumber(text)
}

function compare(operator: string, a: JsonTree, b: JsonTree): boolean {
  const numbers = a instanceof JsonNumber && b instanceof JsonNumber
  const x = numbers ? Number(a.text) : a
  const y = numbers ? Number(b.text) : b
  if (operator === "==") return x === y
  if (operator === "!=") return x !== y
  if (typeof x !== typeof y || (typeof x !== "number" && typeof x !== "string")) return false
  const [left, right] = [x, y as typeof x] as [number, number]
  return operator === "<"
    ? left < right
    : operator === ">"
    ? left > right
    : operator === "<="
    ? left <= right
    : left >= right
}

function readFilter(match: RegExpExecArray): Step {
  const path = readPath(`$${match[1] ?? ""}`)
  const [operator, literal] = [match[2], match[3]]
  const wanted = literal === undefined ? null : literalOf(literal)
  return {
    kind: "filter",
    test: (item) => {
      const found = followSteps(path.steps, item)
      if (found.length === 0) return false
      return operator === undefined || compare(operator, found[0]!, wanted)
    }
  }
}

function readStep(rest: string): { readonly step: Step; readonly size: number } | undefined {
  const forms: ReadonlyArray<readonly [RegExp, (match: RegExpExecArray) => Step]> = [
    [/^\.\.\*/, () => ({ kind: "deep", name: undefined })],
    [/^\.\.([^.[(\s]+)/, (match) => ({ kind: "deep", name: match[1]! })],
    [/^(?:\.\*|\[\s*\*\s*\])/, () => ({ kind: "any" })],
    [/^\.(?:length|size)\(\)/, () => ({ kind: "length" })],
    [nameForm, (match) => ({ kind: "names", names: [match[1]!] })],
    [quotedForm, (match) => ({ kind: "names", names: quotedNames(match) })],
    [placesForm, (match) => ({ kind: "places", places: match[1]!.split(",").map(Number) })],
    [sliceForm, (match) => ({
      kind: "slice",
      from: match[1] === undefined ? undefined : Number(match[1]),
      to: match[2] === undefined ? undefined : Number(match[2])
    })],
    [filterForm, readFilter]
  ]
  for (const [form, make] of forms) {
    const match = form.exec(rest)
    if (match !== null) return { step: make(match), size: match[0].length }
  }
  return undefined
}

/** Read a path. Throws {@link PathMistake}. */
export function readPath(text: string): JsonPath {
  const mode = /^\s*(?:(lax|strict)\s+)?(.*?)\s*$/is.exec(text)!
  let rest = mode[2]!
  if (!rest.startsWith("$")) throw new PathMistake(`The path "${text}" must begin with $`)
  rest = rest.slice(1)
  const steps: Array<Step> = []
  while (rest !== "") {
    const read = readStep(rest)
    if (read === undefined) throw new PathMistake(`The path "${text}" cannot be read at "${rest}"`)
    steps.push(read.step)
    rest = rest.slice(read.size)
  }
  const definite = steps.every((step) =>
    step.kind === "length" || (step.kind === "names" && step.names.length === 1) ||
    (step.kind === "places" && step.places.length === 1)
  )
  return { lax: mode[1]?.toLowerCase() === "lax", definite, steps }
}

function descendants(tree: JsonTree, into: Array<JsonTree>): void {
  into.push(tree)
  for (const child of children(tree)) descendants(child, into)
}

function children(tree: JsonTree): ReadonlyArray<JsonTree> {
  if (Array.isArray(tree)) return tree
  return tree instanceof Map ? [...tree.values()] : []
}

function pickSlice(
  items: ReadonlyArray<JsonTree>,
  from: number | undefined,
  to: number | undefined
): ReadonlyArray<JsonTree> {
  return items.slice(from ?? 0, to ?? items.length)
}

function follow(step: Step, tree: JsonTree): ReadonlyArray<JsonTree> {
  switch (step.kind) {
    case "names":
      if (!(tree instanceof Map)) return []
      return step.names.filter((name) => tree.has(name)).map((name) => tree.get(name)!)
    case "places": {
      if (!Array.isArray(tree)) return []
      const places = step.places.map((place) => place < 0 ? tree.length + place : place)
      return places.filter((place) => place >= 0 && place < tree.length).map((place) =>
        tree[place]!
      )
    }
    case "slice":
      return Array.isArray(tree) ? pickSlice(tree, step.from, step.to) : []
    case "any":
      return children(tree)
    case "deep": {
      const all: Array<JsonTree> = []
      descendants(tree, all)
      if (step.name === undefined) return all.slice(1)
      return all.flatMap((item) =>
        item instanceof Map && item.has(step.name!) ? [item.get(step.name!)!] : []
      )
    }
    case "length":
      return Array.isArray(tree) || tree instanceof Map
        ? [new JsonNumber(String(children(tree).length))]
        : []
    case "filter":
      return (Array.isArray(tree) ? tree as ReadonlyArray<JsonTree> : [tree]).filter(step.test)
  }
}

function followSteps(steps: ReadonlyArray<Step>, tree: JsonTree): ReadonlyArray<JsonTree> {
  let found: ReadonlyArray<JsonTree> = [tree]
  for (const step of steps) found = found.flatMap((item) => follow(step, item))
  return found
}

/** How many steps at the start lead to one place at most. */
function definiteSteps(path: JsonPath): ReadonlyArray<Step> {
  const end = path.steps.findIndex((step) =>
    !(step.kind === "length" || (step.kind === "names" && step.names.length === 1) ||
      (step.kind === "places" && step.places.length === 1))
  )
  return end < 0 ? path.steps : path.steps.slice(0, end)
}

/**
 * What a path finds: the value of a definite path, an array for others. Throws {@link PathNotFound} where a definite path, or the
 * definite start of another, leads nowhere.
 */
export function findPath(path: JsonPath, tree: JsonTree): JsonTree {
  const start = followSteps(definiteSteps(path), tree)
  if (start.length === 0) throw new PathNotFound("nothing is there")
  return path.definite ? start[0]! : followSteps(path.steps, tree)
}
