/**
 * Rows per CPU second of `SELECT auction, COUNT(*) … GROUP BY auction` over made-up bids: 12 % of the auctions get most
 * of the bids, as in Nexmark. Run: `node bench/engine/group-aggregate.ts` (or bun, or deno run -A).
 */
import os from "node:os"
import { Column } from "../../core/src/batch/column.ts"
import { Batch } from "../../core/src/batch/element.ts"
import { makeGroupAggregate } from "../../core/src/operator/group-aggregate.ts"
import { isElement } from "../../core/src/operator/operator.ts"
import type { OperatorContext } from "../../core/src/operator/operator.ts"
import { compileAggregates } from "../../core/src/table/aggregate/aggregate-set.ts"
import { simple } from "../../core/src/type/logical-type.ts"

const rows = 1024
const batches = Array.from({ length: 3000 }, (_, b) => {
  const values = new Float64Array(rows)
  for (let i = 0; i < rows; i++) {
    const newest = Math.floor((b * rows + i) / 15)
    values[i] = Math.random() < 0.5
      ? Math.floor(newest / 100) * 100
      : Math.max(0, newest - Math.floor(Math.random() * 100))
  }
  return new Batch(rows, [new Column({ layout: "i64", rows, values })])
})
const type = simple("BIGINT")
const call = { name: "count", args: [], filter: undefined, distinct: false, type }
const aggregates = compileAggregates([call], [{ name: "auction", type }], false)

console.log(`${os.cpus()[0]?.model ?? "unknown"}, ${os.arch()}`)
for (const updateBefore of [false, true, false, true]) {
  const operator = makeGroupAggregate({
    keys: [0],
    keyTypes: [type],
    groupBy: [0],
    aggregates,
    updateBefore
  })
  const context = { restored: undefined, groupsMax: 128, name: "bench", count: () => {} }
  operator.open(context as unknown as OperatorContext)
  let given = 0
  const from = process.cpuUsage()
  for (const batch of batches) {
    operator.push(batch, 0)
    for (let out = operator.step(); isElement(out); out = operator.step()) {
      if (out.tag === 0) given += out.rows
    }
  }
  const spent = process.cpuUsage(from)
  const seconds = (spent.user + spent.system) / 1e6
  const rate = batches.length * rows / seconds / 1e6
  const kind = updateBefore ? "with −U" : "without −U"
  console.log(`group-aggregate ${kind}: ${rate.toFixed(1)} M rows/CPU s, ${given} rows out`)
}
