/**
 * Finds a table's files when the job starts and hands them out in the order of their paths: whole files to a single reader; to
 * several readers, ranges of the large ones where the format allows it.
 */
import {
  type Disk,
  type EnumeratorContext,
  type FileStat,
  type FormatFactory,
  type Plain,
  type RandomFile,
  type ReadOptions,
  type Split,
  type SplitEnumerator
} from "@millrace/core/internal"
import { boundary, openListed, readExactly } from "./byte-source.ts"
import { compressionOf } from "./inflated-bytes.ts"
import { listFiles, type ListOptions } from "./listing.ts"
import { chunkBytes } from "./row-reader.ts"
import type { FileSplit } from "./split.ts"

/** No range of a file is smaller. */
const rangeBytesMin = 8 * 2 ** 20

/** Ranges per reader: enough that all end at about the same time. */
const rangesPerReader = 4

/** What the enumerator is made for. */
export interface EnumeratorOptions extends ListOptions {
  readonly format: { readonly factory: FormatFactory; readonly options: ReadOptions }
  /** Smallest range of a file, for tests; default: {@link rangeBytesMin}. */
  readonly rangeBytes?: number
}

/** See the head of this file. */
export class FileEnumerator implements SplitEnumerator {
  private readonly waiting: Array<FileSplit>

  constructor(options: EnumeratorOptions, context: EnumeratorContext) {
    this.waiting = Array.isArray(context.restored)
      ? [...context.restored as unknown as ReadonlyArray<FileSplit>]
      : findSplits(options, context)
  }

  next(): Split | "done" {
    return this.waiting.shift() ?? "done"
  }

  snapshot(): Plain {
    return [...this.waiting]
  }

  close(): void {}
}

function findSplits(options: EnumeratorOptions, context: EnumeratorContext): Array<FileSplit> {
  const files = listFiles(context.disk, options).filter((file) => file.sizeBytes > 0)
  const totalBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0)
  const share = totalBytes / (context.parallelism * rangesPerReader)
  const rangeBytes = options.rangeBytes ??
    Math.ceil(Math.max(rangeBytesMin, share) / chunkBytes) * chunkBytes
  return files.flatMap((file) => {
    const parts = context.parallelism === 1 ? 1 : Math.ceil(file.sizeBytes / rangeBytes)
    return rangesOf(options, context.disk, file, parts).map(([from, to], i) =>
      splitOf(options, file, i, from, to)
    )
  })
}

function splitOf(
  options: EnumeratorOptions,
  file: FileStat,
  index: number,
  from: number,
  to: number
): FileSplit {
  return {
    id: index === 0 && to === -1 ? file.path : `${file.path}#${index}`,
    kind: isBulk(options.format.factory) ? "bulk" : "rows",
    path: file.path,
    sizeBytes: file.sizeBytes,
    modifiedMillis: file.modifiedMillis,
    from,
    to,
    next: from,
    skip: 0
  }
}

/** A format with both is read as bulk. */
export function isBulk(factory: FormatFactory): boolean {
  return factory.bulkReader !== undefined
}

const whole: ReadonlyArray<readonly [number, number]> = [[0, -1]]

function rangesOf(
  options: EnumeratorOptions,
  disk: Disk,
  file: FileStat,
  parts: number
): ReadonlyArray<readonly [from: number, to: number]> {
  const { factory, options: formatOptions } = options.format
  if (parts === 1) return whole
  if (isBulk(factory)) {
    if (factory.bulkRanges === undefined) return whole
    const random = randomFile(disk, options.table, file)
    try {
      return factory.bulkRanges(random, parts)
    } finally {
      random.close()
    }
  }
  const delimiter = factory.delimiter?.(formatOptions)
  if (delimiter === undefined || compressionOf(file.path) !== undefined) return whole
  const open = openListed(disk, options.table, file)
  try {
    const ranges: Array<readonly [number, number]> = []
    let from = 0
    for (let part = 1; part <= parts; part++) {
      const near = part === parts ? file.sizeBytes : Math.round(file.sizeBytes * part / parts)
      const to = boundary(open, near, file.sizeBytes, delimiter)
      if (to > from) ranges.push([from, to])
      from = to
    }
    return ranges
  } finally {
    open.close()
  }
}

/** A listed file for a bulk format. */
export function randomFile(
  disk: Disk,
  table: string,
  file: { readonly path: string; readonly sizeBytes: number }
): RandomFile & { close(): void } {
  const open = openListed(disk, table, file)
  return {
    path: file.path,
    sizeBytes: file.sizeBytes,
    read: (at, length) => readExactly(open, at, length),
    close: () => open.close()
  }
}
