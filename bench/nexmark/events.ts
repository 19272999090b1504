/** Nexmark's events by size and seed, made once and kept in the cache. */
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs"
import { root } from "../src/measure.ts"
import { generate, generateSide } from "./generate.ts"

/** The folder with the file of ordered events. */
export function eventsOf(count: number, seed: number): string {
  const folder = `${root}.cache/nexmark/${count}${seed === 42 ? "" : `-${seed}`}`
  if (!existsSync(folder)) {
    const part = `${folder}.part-${process.pid}`
    mkdirSync(`${root}.cache/nexmark`, { recursive: true })
    rmSync(part, { recursive: true, force: true })
    generate(count, part, { seed, onlyOrdered: true })
    renameSync(part, folder)
  }
  if (!existsSync(`${folder}/side`)) generateSide(folder)
  return `${folder}/p1`
}
