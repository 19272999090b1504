/**
 * TLS settings from the files that Java users have: PEM, PKCS #12, and JKS as far as it holds certificates to trust, which stand there unencrypted.
 */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import type { RequestOptions } from "node:https"
import { RegistryRefused } from "./registry-fault.ts"
import type { RegistryAccess } from "./registry-options.ts"

/** The settings. Reads the files. Throws RegistryRefused when one cannot be used. */
export function tlsOf(access: RegistryAccess): RequestOptions {
  return { ...trust(access), ...identity(access) }
}

function fault(what: string, detail: string): RegistryRefused {
  return new RegistryRefused({ action: `use the ${what}`, host: "any address", status: 0, detail })
}

function contentOf(path: string, what: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw fault(what, (error as Error).message)
  }
}

function isPem(bytes: Buffer): boolean {
  return bytes.includes("-----BEGIN ")
}

function trust(access: RegistryAccess): RequestOptions {
  if (access.truststore === undefined) return {}
  const bytes = contentOf(access.truststore, "truststore")
  if (isPem(bytes)) return { ca: bytes }
  if (bytes.length > 24 && bytes.readUInt32BE(0) === 0xfeedfeed) {
    return { ca: jksCertificates(bytes, access.truststorePassword) }
  }
  throw fault("truststore", "it is neither PEM nor JKS; keytool -exportcert -rfc writes PEM")
}

function identity(access: RegistryAccess): RequestOptions {
  if (access.keystore === undefined) return {}
  const bytes = contentOf(access.keystore, "keystore")
  const passphrase = access.keystorePassword === undefined
    ? {}
    : { passphrase: access.keystorePassword }
  if (isPem(bytes)) return { cert: bytes, key: bytes, ...passphrase }
  if (bytes.length > 4 && bytes.readUInt32BE(0) === 0xfeedfeed) {
    throw fault(
      "keystore",
      "it is JKS; keytool -importkeystore -deststoretype pkcs12 turns it into PKCS #12"
    )
  }
  return { pfx: bytes, ...passphrase }
}

/** The certificates of a JKS file, as PEM. With a password the file's digest is checked. */
function jksCertificates(bytes: Buffer, password: string | undefined): Array<string> {
  const body = bytes.subarray(0, bytes.length - 20)
  if (password !== undefined) {
    const digest = createHash("sha1").update(Buffer.from(password, "utf16le").swap16())
      .update("Mighty Aphrodite").update(body).digest()
    if (!digest.equals(bytes.subarray(body.length))) {
      throw fault("truststore", "its password is wrong, or the file is damaged")
    }
  }
  const certificates: Array<string> = []
  let at = 12
  const text = (): number => at += 2 + body.readUInt16BE(at)
  try {
    for (let left = body.readUInt32BE(8); left > 0; left--) {
      const tag = body.readUInt32BE(at)
      at += 4
      text()
      at += 8
      if (tag !== 2) throw fault("truststore", "it holds keys; only certificates are taken from it")
      text()
      const length = body.readUInt32BE(at)
      at += 4
      const encoded = body.subarray(at, at + length).toString("base64").replace(/.{64}/g, "$&\n")
      certificates.push(`-----BEGIN CERTIFICATE-----\n${encoded}\n-----END CERTIFICATE-----\n`)
      at += length
    }
  } catch (error) {
    if (error instanceof RangeError) throw fault("truststore", "it is cut off")
    throw error
  }
  return certificates
}
