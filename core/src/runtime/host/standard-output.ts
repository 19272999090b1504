/** Standard output and error of the process, written at once and in order: what is written before a crash is seen. */
import { writeSync } from "node:fs"
import { encodeUtf8 } from "../../batch/utf8.ts"

const wait = new Int32Array(new SharedArrayBuffer(4))

/** Write all of `text`. A reader that has gone away (`| head`) is no error: the rest is dropped, and the answer is false. */
export function writeStandard(target: "output" | "error", text: string): boolean {
  const descriptor = target === "output" ? 1 : 2
  let bytes = encodeUtf8(text)
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(descriptor, bytes))
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code === "EPIPE") return false
      if (code !== "EAGAIN") throw error
      // A non-blocking pipe that is full: its reader needs a moment.
      Atomics.wait(wait, 0, 0, 2)
    }
  }
  return true
}
