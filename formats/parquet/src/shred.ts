/**
 * Takes nested rows apart: one slot per leaf for each value, with the level down to which it is present and the level at which it
 * repeats. Row by row; flat columns never come here.
 */
import { type Column, FileValueFault, isNull } from "@millrace/core/internal"
import type { WriteNode } from "./file-schema.ts"
import type { LeafWriter } from "./leaf-writer.ts"

/** Append row `row` of `column` to the leaves below `node`. `rep`, `def`: the levels reached above it. */
export function shred(
  node: WriteNode,
  column: Column,
  row: number,
  rep: number,
  def: number,
  writers: ReadonlyArray<LeafWriter>
): void {
  if (isNull(column, row)) {
    const nullable = node.kind === "leaf" ? node.leaf.nullable : node.nullable
    if (!nullable) throw nullFault(node.kind === "leaf" ? node.leaf.path.join(".") : node.path)
    absent(node, rep, def, writers)
    return
  }
  switch (node.kind) {
    case "leaf":
      writers[node.leaf.index]!.appendPresent(column, row, rep)
      return
    case "row":
      for (let i = 0; i < node.children.length; i++) {
        shred(node.children[i]!, column.children[i]!, row, rep, node.def, writers)
      }
      return
    case "list": {
      const start = column.starts[row]!
      const length = column.lengths[row]!
      if (length === 0) return absent(node, rep, node.def, writers)
      for (let i = 0; i < length; i++) {
        const at = i === 0 ? rep : node.rep
        for (let k = 0; k < node.children.length; k++) {
          shred(node.children[k]!, column.children[k]!, start + i, at, node.itemDef, writers)
        }
      }
    }
  }
}

function absent(
  node: WriteNode,
  rep: number,
  def: number,
  writers: ReadonlyArray<LeafWriter>
): void {
  if (node.kind === "leaf") writers[node.leaf.index]!.appendAbsent(rep, def)
  else for (const child of node.children) absent(child, rep, def, writers)
}

/** A NULL where the type has none. */
export function nullFault(column: string): FileValueFault {
  return new FileValueFault({
    column,
    wanted: "NOT NULL",
    detail:
      "a row has NULL there. Filter such rows out or declare the column nullable (map keys never are)"
  })
}
