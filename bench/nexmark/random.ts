/** The generator's random numbers: sfc32, whose sequence is part of the data's definition. */
export class Random {
  private a = 0x9e3779b9
  private b = 0x243f6a88
  private c = 0xb7e15162
  private d: number

  constructor(seed: number) {
    this.d = seed ^ 0xdeadbeef
    for (let i = 0; i < 15; i++) this.next()
  }

  /** 32 random bits. */
  next(): number {
    const t = ((this.a + this.b) | 0) + this.d | 0
    this.d = this.d + 1 | 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = this.c + (this.c << 3) | 0
    this.c = (this.c << 21) | (this.c >>> 11)
    this.c = this.c + t | 0
    return t >>> 0
  }

  /** Uniform in 0 … n − 1. */
  integer(n: number): number {
    return Math.floor(this.next() / 4294967296 * n)
  }

  /** Uniform in [0, 1), 53 bits. */
  unit(): number {
    return (this.next() * 2097152 + (this.next() >>> 11)) / 9007199254740992
  }

  /** One of the list. */
  pick<A>(list: ReadonlyArray<A>): A {
    return list[this.integer(list.length)]!
  }

  /** A word of 3 to `most` letters with now and then a `gap`, trimmed. */
  word(most: number, gap = " "): string {
    let left = 3 + this.integer(most - 3)
    let text = ""
    while (left-- > 0) {
      text += this.integer(13) === 0 ? gap : String.fromCharCode(97 + this.integer(26))
    }
    return text.trim()
  }
}
