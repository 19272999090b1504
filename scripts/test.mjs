/**
 * `npm test [-- runtime…] [-- path…]`: sets the clone up, then runs every `*.test.ts` on Node, Bun and Deno and prints
 * `N passed, N failed` last. A count is of leaves: an `it` or `test` that holds no other, once per runtime. All three
 * write JUnit files, so that they are counted alike; a runtime that ends badly without a failed leaf counts as one failure.
 */
import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { check } from "./check.mjs"
import { build, codeFolders, install, root, runtimes } from "./setup.mjs"

const args = process.argv.slice(2).filter((arg) => arg !== "--")
const chosen = Object.keys(runtimes).filter((name) => args.includes(name))
const paths = args.filter((arg) => !(arg in runtimes))

install()
build()
const files = testFiles().filter((file) =>
  paths.length === 0 || paths.some((path) => file.includes(path))
)
const reports = root + ".cache/tests"
rmSync(reports, { recursive: true, force: true })
mkdirSync(reports, { recursive: true })

const commands = {
  node: (
    report
  ) => [
    "--test",
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    "--test-reporter=junit",
    `--test-reporter-destination=${report}`,
    ...files
  ],
  bun: (
    report
  ) => [
    "test",
    "--timeout",
    "120000",
    "--reporter=junit",
    `--reporter-outfile=${report}`,
    ...files
  ],
  deno: (report) => ["test", "-A", "--no-check", `--junit-path=${report}`, ...files]
}
const total = { passed: 0, failed: 0, skipped: 0 }
if (args.length === 0) {
  const { passed, failed } = check()
  total.passed += passed
  total.failed += failed
}
for (const name of chosen.length === 0 ? Object.keys(commands) : chosen) {
  const report = `${reports}/${name}.xml`
  const started = performance.now()
  const result = spawnSync(runtimes[name][0], commands[name](report), {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    env: {
      ...process.env,
      NO_COLOR: "1",
      MILLRACE_TEST_RUNTIME: name,
      PATH: `${root}node_modules/.bin:${process.env.PATH}`
    }
  })
  const count = leaves(report)
  if (result.status !== 0 && count.failed === 0) count.failed++
  for (const key of Object.keys(total)) total[key] += count[key]
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(
    `${name}: ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped in ${seconds} s`
  )
  for (const reason of count.reasons) console.log(`  skipped: ${reason}`)
  if (count.failed > 0) console.log(result.stdout.slice(-200000) + result.stderr.slice(-200000))
}
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0)

/** Paths of all test files, beginning with `./`, which Bun needs to take them as paths. */
function testFiles() {
  const found = []
  const visit = (folder) => {
    for (const entry of readdirSync(root + folder, { withFileTypes: true })) {
      if (entry.name === "node_modules" || entry.name.startsWith(".")) continue
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) visit(path)
      else if (entry.name.endsWith(".test.ts")) found.push("./" + path)
    }
  }
  for (const folder of codeFolders) visit(folder)
  return found.sort()
}

/** Count the leaves of a JUnit file: Deno also lists a group as a test case, so a case is a leaf when no other begins with its name. */
function leaves(report) {
  const count = { passed: 0, failed: 0, skipped: 0, reasons: [] }
  let xml
  try {
    xml = readFileSync(report, "utf8")
  } catch {
    return count
  }
  const cases = [...xml.matchAll(/<testcase name="([^"]*)"[^>]*?(\/>|>([\s\S]*?)<\/testcase>)/g)]
  const groups = new Set()
  for (const [, name] of cases) {
    for (let at = name.indexOf(" &gt; "); at >= 0; at = name.indexOf(" &gt; ", at + 1)) {
      groups.add(name.slice(0, at))
    }
  }
  for (const [, name, , body = ""] of cases) {
    if (groups.has(name)) continue
    if (body.includes("<failure") || body.includes("<error")) count.failed++
    else if (body.includes("<skipped")) {
      count.skipped++
      const why = /message="([^"]*)"/.exec(body)?.[1]
      if (why !== undefined) count.reasons.push(`${name}: ${why}`)
    } else count.passed++
  }
  return count
}
