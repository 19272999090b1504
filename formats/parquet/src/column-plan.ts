/**
 * How the columns of a table are found in a file: each projected path becomes a tree of leaves with decoders, rows, lists and maps
 * with the levels at which they are present.
 */
import {
  assert,
  FileColumnFault,
  FileTypeFault,
  LogicalType,
  nearest
} from "@millrace/core/internal"
import type { FileNode } from "./footer.ts"
import { describe, leafDecoder } from "./leaf-type.ts"
import type { PlainDecoder } from "./plain.ts"
import type { Zone } from "./zone.ts"

type Type = LogicalType.LogicalType

/** What is read for one value. `def` is the level at which it is not NULL; `itemDef` the one at which a list has an item. */
export type NodePlan =
  | {
    readonly kind: "leaf"
    readonly node: FileNode
    readonly decode: PlainDecoder
    readonly layout: LogicalType.Layout
  }
  | { readonly kind: "row"; readonly def: number; readonly children: ReadonlyArray<NodePlan> }
  | {
    readonly kind: "list"
    readonly def: number
    readonly itemDef: number
    readonly item: NodePlan
  }
  | {
    readonly kind: "map"
    readonly def: number
    readonly itemDef: number
    readonly key: NodePlan
    readonly value: NodePlan
  }

interface Search {
  readonly path: string
  readonly zone: Zone | undefined
}

/** Find projected column `path` of the declared columns in the file. Throws FileColumnFault, FileTypeFault. */
export function planColumn(
  root: FileNode,
  physical: LogicalType.RowType,
  path: ReadonlyArray<number>,
  file: string,
  zone: Zone | undefined
): NodePlan {
  let node = root
  let type: Type = { kind: "ROW", nullable: false, fields: physical }
  for (const index of path) {
    assert(type.kind === "ROW" && index < type.fields.length, "a projected path goes through ROWs")
    const field: LogicalType.Field = type.fields[index]!
    node = child(node, field.name, file)
    type = field.type
  }
  return planNode(node, type, { path: file, zone })
}

function child(parent: FileNode, name: string, file: string): FileNode {
  const found = parent.children.find((candidate) => candidate.name === name)
  if (found !== undefined) return found
  const columns = parent.children.map((candidate) => candidate.name)
  const prefix = parent.path === "" ? "" : `${parent.path}.`
  throw new FileColumnFault({
    format: "Parquet",
    path: file,
    column: prefix + name,
    nearest: nearest(name, columns),
    columns
  })
}

function planNode(node: FileNode, type: Type, search: Search): NodePlan {
  if (node.element.repetition_type === "REPEATED") return planRepeated(node, type, search)
  switch (type.kind) {
    case "ROW": {
      if (node.leaf >= 0 || isListLike(node)) throw mismatch(node, type, search)
      const children = type.fields.map((field) =>
        planNode(child(node, field.name, search.path), field.type, search)
      )
      return { kind: "row", def: node.def, children }
    }
    case "ARRAY": {
      const repeated = onlyRepeated(node)
      if (repeated === undefined) throw mismatch(node, type, search)
      const item = itemNode(node, repeated)
      const plan = item === repeated
        ? planItem(repeated, type.element, search)
        : planNode(item, type.element, search)
      return { kind: "list", def: node.def, itemDef: repeated.def, item: plan }
    }
    case "MAP":
    case "MULTISET": {
      const entry = onlyRepeated(node)
      if (entry === undefined || entry.children.length !== 2) throw mismatch(node, type, search)
      const keyType = type.kind === "MAP" ? type.key : type.element
      const valueType = type.kind === "MAP" ? type.value : LogicalType.simple("INT", false)
      return {
        kind: "map",
        def: node.def,
        itemDef: entry.def,
        key: planNode(entry.children[0]!, keyType, search),
        value: planNode(entry.children[1]!, valueType, search)
      }
    }
    default:
      return planLeaf(node, type, search)
  }
}

/** A repeated field without a list around it: a list that is never NULL. */
function planRepeated(node: FileNode, type: Type, search: Search): NodePlan {
  if (type.kind !== "ARRAY") throw mismatch(node, type, search)
  return {
    kind: "list",
    def: node.def - 1,
    itemDef: node.def,
    item: planItem(node, type.element, search)
  }
}

/** The items of a list whose repeated node is the item itself. */
function planItem(node: FileNode, type: Type, search: Search): NodePlan {
  if (type.kind !== "ROW") return planLeaf(node, type, search)
  if (node.leaf >= 0) throw mismatch(node, type, search)
  const children = type.fields.map((field) =>
    planNode(child(node, field.name, search.path), field.type, search)
  )
  return { kind: "row", def: node.def, children }
}

function planLeaf(node: FileNode, type: Type, search: Search): NodePlan {
  const decode = node.leaf < 0 ? undefined : leafDecoder(node.element, type, search.zone)
  if (decode === undefined) throw mismatch(node, type, search)
  return { kind: "leaf", node, decode, layout: LogicalType.layoutOf(type) }
}

function onlyRepeated(node: FileNode): FileNode | undefined {
  const only = node.children.length === 1 ? node.children[0]! : undefined
  return only?.element.repetition_type === "REPEATED" ? only : undefined
}

/** The node of a list's items, by the rules for lists that older writers made. */
function itemNode(list: FileNode, repeated: FileNode): FileNode {
  const inner = repeated.children.length === 1 ? repeated.children[0]! : undefined
  const itself = inner === undefined || repeated.name === "array" ||
    repeated.name === `${list.name}_tuple`
  return itself ? repeated : inner
}

function isListLike(node: FileNode): boolean {
  const kind = node.element.logical_type?.type ?? node.element.converted_type
  return kind === "LIST" || kind === "MAP" || kind === "MAP_KEY_VALUE"
}

function mismatch(node: FileNode, type: Type, search: Search): FileTypeFault {
  const wanted = LogicalType.format(type)
  return new FileTypeFault({
    format: "Parquet",
    path: search.path,
    column: node.path,
    found: describeNode(node),
    wanted
  })
}

function describeNode(node: FileNode): string {
  if (node.leaf >= 0) {
    const repeated = node.element.repetition_type === "REPEATED" ? "repeated " : ""
    return repeated + describe(node.element)
  }
  return isListLike(node)
    ? (node.element.logical_type?.type ?? node.element.converted_type)!
    : "a group of columns"
}

/** The leaves below a plan, in order. */
export function leavesOf(plan: NodePlan): ReadonlyArray<NodePlan & { readonly kind: "leaf" }> {
  switch (plan.kind) {
    case "leaf":
      return [plan]
    case "row":
      return plan.children.flatMap(leavesOf)
    case "list":
      return leavesOf(plan.item)
    case "map":
      return [...leavesOf(plan.key), ...leavesOf(plan.value)]
  }
}
