/** Text in the character sets that ENCODE and DECODE know. What a set cannot hold becomes `?`, what is malformed U+FFFD. */

/** Two bytes a unit; `mark` puts the byte order mark before them. */
function encodeUnits(a: string, little: boolean, mark: boolean): Uint8Array {
  const units = mark && a !== "" ? `\ufeff${a}` : a
  const view = new DataView(new ArrayBuffer(units.length * 2))
  for (let i = 0; i < units.length; i++) view.setUint16(i * 2, units.charCodeAt(i), little)
  return new Uint8Array(view.buffer)
}

function encodeBytes(a: string, limit: number): Uint8Array {
  return Uint8Array.from(Array.from(a, (character) => {
    const code = character.codePointAt(0)!
    return code < limit ? code : 63
  }))
}

/** The bytes of a text in a character set; NULL when the set is not known. */
export function encodeText(a: string, name: string): Uint8Array | null {
  switch (name.toUpperCase()) {
    case "UTF-8":
      return new TextEncoder().encode(a)
    case "US-ASCII":
      return encodeBytes(a, 128)
    case "ISO-8859-1":
      return encodeBytes(a, 256)
    case "UTF-16":
      return encodeUnits(a, false, true)
    case "UTF-16BE":
      return encodeUnits(a, false, false)
    case "UTF-16LE":
      return encodeUnits(a, true, false)
    default:
      return null
  }
}

function decodeUnits(value: Uint8Array, little: boolean): string {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
  let text = ""
  for (let i = 0; i + 1 < value.length; i += 2) {
    text += String.fromCharCode(view.getUint16(i, little))
  }
  return (value.length % 2 === 1 ? `${text}\ufffd` : text).replace(
    /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    "\ufffd"
  )
}

/** The text of bytes in a character set; NULL when the set is not known. */
export function decodeText(value: Uint8Array, name: string): string | null {
  switch (name.toUpperCase()) {
    case "UTF-8":
      return new TextDecoder("utf-8", { ignoreBOM: true }).decode(value)
    case "US-ASCII":
      return Array.from(value, (byte) => byte < 128 ? String.fromCharCode(byte) : "\ufffd").join("")
    case "ISO-8859-1":
      return Array.from(value, (byte) => String.fromCharCode(byte)).join("")
    case "UTF-16": {
      const little = value[0] === 0xff && value[1] === 0xfe
      const marked = little || (value[0] === 0xfe && value[1] === 0xff)
      return decodeUnits(marked ? value.subarray(2) : value, little)
    }
    case "UTF-16BE":
      return decodeUnits(value, false)
    case "UTF-16LE":
      return decodeUnits(value, true)
    default:
      return null
  }
}
