/** Jar sets from Maven's registry, by its usual client: a list of coordinates becomes a folder of jars. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { shell } from "./shell.ts"

/** Copy the jars of `coordinates` (`group:artifact:version`), with what they need at run time unless `alone`, into `into`; once. */
export function jars(into: string, coordinates: ReadonlyArray<string>, alone = false): void {
  if (existsSync(into)) return
  const work = `${into}.part`
  rmSync(work, { recursive: true, force: true })
  mkdirSync(`${work}/jars`, { recursive: true })
  writeFileSync(`${work}/pom.xml`, pom(coordinates))
  const transitive = alone ? ["-DexcludeTransitive=true"] : []
  shell("mvn", [
    "-B",
    "-q",
    "-ntp",
    "dependency:copy-dependencies",
    "-DincludeScope=runtime",
    `-DoutputDirectory=${work}/jars`,
    ...transitive
  ], work)
  renameSync(`${work}/jars`, into)
  rmSync(work, { recursive: true, force: true })
}

function pom(coordinates: ReadonlyArray<string>): string {
  const dependencies = coordinates.map((coordinate) => {
    const [group, artifact, version] = coordinate.split(":")
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`
  })
  return `<project><modelVersion>4.0.0</modelVersion><groupId>millrace</groupId><artifactId>services</artifactId>` +
    `<version>1</version><packaging>pom</packaging><dependencies>${
      dependencies.join("")
    }</dependencies></project>\n`
}
