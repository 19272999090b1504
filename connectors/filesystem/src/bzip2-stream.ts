/**
 * bzip2 as a stream beside those of zlib. Blocks are decoded when they are surely whole: when more is there than the largest has, or all of
 * the file. A block of a few bytes may give many megabytes, so it comes in pieces, each when the one before has been asked for.
 */
import { Transform } from "node:stream"
import { blockBytesMax, Bunzip } from "./bzip2.ts"

type Done = (error?: Error | null) => void

/** A stream that undoes bzip2, also of several streams behind one another. */
export function makeBunzip(): Transform {
  const bunzip = new Bunzip()
  let later: (() => void) | undefined
  const drain = (stream: Transform, least: number, done: Done): void => {
    try {
      while (bunzip.within || bunzip.waiting > least) {
        const block = bunzip.next()
        if (block === undefined) break
        if (!stream.push(block)) {
          later = () => drain(stream, least, done)
          return
        }
      }
    } catch (error) {
      return done(error as Error)
    }
    done(least > 0 || bunzip.between ? null : new Error("it ends within a stream"))
  }
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done): void {
      bunzip.push(chunk)
      drain(this, blockBytesMax, done)
    },
    flush(done): void {
      drain(this, 0, done)
    },
    read(size): void {
      const resume = later
      later = undefined
      if (resume === undefined) Transform.prototype._read.call(this, size)
      else resume()
    }
  })
}
