/** Runs of version 1 of the run-length encoding: sequences with a fixed step, and literals. */
import type { ByteStream } from "./byte-stream.ts"
import { narrowMax, type Run, Varint } from "./varint.ts"

/** The next run. Throws {@link Damage}. */
export function readRunV1(stream: ByteStream, signed: boolean, run: Run): void {
  const varint = new Varint()
  const control = stream.byte()
  run.isWide = false
  if (control < 128) {
    run.length = control + 3
    const delta = (stream.byte() << 24) >> 24
    const base = varint.read(stream, signed)
    if (Math.abs(base) + 128 * 130 <= narrowMax) {
      for (let i = 0; i < run.length; i++) run.values[i] = base + i * delta
      return
    }
    run.isWide = true
    const first = base === base ? BigInt(base) : varint.wide
    for (let i = 0; i < run.length; i++) {
      run.wide[i] = BigInt.asIntN(64, first + BigInt(i) * BigInt(delta))
    }
    return
  }
  run.length = 256 - control
  for (let i = 0; i < run.length; i++) {
    const value = varint.read(stream, signed)
    run.values[i] = value
    if (value !== value) {
      run.wide[i] = BigInt.asIntN(64, varint.wide)
      run.isWide = true
    }
  }
  if (!run.isWide) return
  for (let i = 0; i < run.length; i++) {
    const value = run.values[i]!
    if (value === value) run.wide[i] = BigInt(value)
  }
}
