/** Bits of bytes that come in parts, the highest of each byte first. */

/** Reads up to 24 bits at once. Throws an Error when there are not as many. */
export class BitReader {
  private bytes: Uint8Array = new Uint8Array(0)
  private at = 0
  private held = 0
  private count = 0

  /** Bytes not used yet, beside the bits of the last one. */
  get left(): number {
    return this.bytes.length - this.at
  }

  /** Append bytes. Cost: what is left is copied. */
  push(bytes: Uint8Array): void {
    const all = new Uint8Array(this.left + bytes.length)
    all.set(this.bytes.subarray(this.at))
    all.set(bytes, this.left)
    this.bytes = all
    this.at = 0
  }

  /** The next `width` bits as a number. */
  read(width: number): number {
    while (this.count < width) {
      if (this.at === this.bytes.length) throw new Error("it ends within a block")
      this.held = (this.held << 8) | this.bytes[this.at++]!
      this.count += 8
    }
    this.count -= width
    return (this.held >>> this.count) & ((1 << width) - 1)
  }

  /** Make sure that `width` ≤ 24 bits are held, if there are so many; answers how many are. */
  fill(width: number): number {
    while (this.count < width && this.at < this.bytes.length) {
      this.held = (this.held << 8) | this.bytes[this.at++]!
      this.count += 8
    }
    return this.count
  }

  /** The first `width` of the bits held, which stay. */
  peek(width: number): number {
    return (this.held >>> (this.count - width)) & ((1 << width) - 1)
  }

  /** Pass `width` of the bits held. */
  pass(width: number): void {
    this.count -= width
  }

  /** Pass the bits that are left of the last byte. */
  align(): void {
    this.count -= this.count % 8
    // whole bytes that were taken too early go back
    this.at -= this.count / 8
    this.count = 0
  }
}
