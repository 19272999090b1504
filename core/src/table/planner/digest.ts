/** A short, stable name for a text: what state is found by after a restart. Not for security. */

/** 64 bits of FNV-1a over UTF-16 units, as two passes of 32 bits with different bases, in 16 hex digits. Never fails. */
export function digest(text: string): string {
  return pass(text, 0x811c9dc5) + pass(text, 0x9747b28c)
}

function pass(text: string, basis: number): string {
  let hash = basis
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    hash = Math.imul(hash ^ (unit & 255), 0x01000193)
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193)
  }
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  hash ^= hash >>> 16
  return (hash >>> 0).toString(16).padStart(8, "0")
}
