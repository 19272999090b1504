/**
 * `node bench/nexmark/generate.ts EVENTS FOLDER [SEED] [EVENTS_PER_SECOND]`: Nexmark's events as JSON lines, always the same for the same arguments.
 * `FOLDER/p1/events.json` in order of event time, `FOLDER/p2/` the same dealt over two files, `FOLDER/csv/bid.csv` the bids.
 * Of 50 events one is a person, three are auctions, the rest bids.
 */
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs"
import { dirname } from "node:path"
import { Random } from "./random.ts"

const epoch = 50
const firstId = 1000
const hotRatio = 100
const auctionsInFlight = 100
const activePersons = 1000
const baseMillis = Date.UTC(2025, 0, 1)

class Writer {
  private readonly descriptor: number
  private lines: Array<string> = []

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true })
    this.descriptor = openSync(path, "w")
  }

  add(line: string): void {
    this.lines.push(line)
    if (this.lines.length === 5000) this.flush()
  }

  private flush(): void {
    writeSync(this.descriptor, this.lines.join(""))
    this.lines = []
  }

  end(): void {
    this.flush()
    closeSync(this.descriptor)
  }
}

/** Bits of a 32-bit number in reverse, as a magnitude. */
function reversed(n: number): number {
  let result = 0
  for (let k = 0; k < 32; k++) result = (result << 1) | ((n >>> k) & 1)
  return Math.abs(result | 0)
}

/** The last person's number among the events up to `event`. */
function lastPerson(event: number): number {
  return Math.floor(event / epoch) + Math.min(event % epoch, 0)
}

/** The last auction's number among the events up to `event`. */
function lastAuction(event: number): number {
  const offset = event % epoch
  const whole = Math.floor(event / epoch)
  if (offset < 1) return (whole - 1) * 3 + 2
  return whole * 3 + (offset >= 4 ? 2 : offset - 1)
}

function stamp(millis: number): string {
  const text = new Date(millis).toISOString()
  return `${text.slice(0, 10)} ${text.slice(11, 23)}`
}

const cities = [
  "Phoenix",
  "Los Angeles",
  "San Francisco",
  "Boise",
  "Portland",
  "Bend",
  "Redmond",
  "Seattle",
  "Kent",
  "Cheyenne"
]
const states = ["AZ", "CA", "ID", "OR", "WA", "WY"]
const firstNames = [
  "Peter",
  "Paul",
  "Luke",
  "John",
  "Saul",
  "Vicky",
  "Kate",
  "Julie",
  "Sarah",
  "Deiter",
  "Walter"
]
const lastNames = [
  "Shultz",
  "Abrams",
  "Spencer",
  "White",
  "Bartels",
  "Walton",
  "Smith",
  "Jones",
  "Noris"
]
const hotChannels = ["Google", "Facebook", "Baidu", "Apple"]

/** Makes the lines of one run. */
class Generator {
  private readonly random: Random
  private readonly perSecond: number
  private readonly filler: string
  private readonly hotUrls: ReadonlyArray<string>
  private readonly channels: ReadonlyArray<readonly [name: string, url: string]>

  constructor(seed: number, perSecond: number) {
    this.random = new Random(seed)
    this.perSecond = perSecond
    this.filler = Array.from(
      { length: 1 << 18 },
      () => String.fromCharCode(97 + this.random.integer(26))
    ).join("")
    this.hotUrls = hotChannels.map(() => this.url())
    this.channels = Array.from({ length: 10000 }, (_, i) => {
      const url = this.url()
      return [
        `channel-${i}`,
        this.random.integer(10) > 0 ? `${url}&channel_id=${reversed(i)}` : url
      ] as const
    })
  }

  private url(): string {
    const part = () => this.random.word(5, "_")
    return `https://www.nexmark.com/${part()}/${part()}/${part()}/item.htm?query=1`
  }

  /** Text that brings a record of `current` bytes to about `average`. */
  private extra(current: number, average: number): string {
    if (current > average) return ""
    const rest = average - current
    const spread = Math.round(rest * 0.2)
    const length = rest - spread + (spread === 0 ? 0 : this.random.integer(2 * spread))
    const at = this.random.integer(this.filler.length - length)
    return this.filler.slice(at, at + length)
  }

  private price(): number {
    return Math.round(Math.pow(10, this.random.unit() * 6) * 100)
  }

  private nextPerson(event: number): number {
    const persons = lastPerson(event) + 1
    const active = Math.min(persons, activePersons)
    return persons - active + this.random.integer(active + 10)
  }

  private nextAuction(event: number): number {
    const most = lastAuction(event)
    const least = Math.max(most - auctionsInFlight, 0)
    return least + this.random.integer(most - least + 1 + 10)
  }

  millisOf(event: number): number {
    return baseMillis + Math.floor(event * 1000 / this.perSecond)
  }

  person(event: number, time: string): string {
    const { random } = this
    const digits = () => String(random.integer(10000)).padStart(4, "0")
    const name = `${random.pick(firstNames)} ${random.pick(lastNames)}`
    const email = `${random.word(7)}@${random.word(5)}.com`
    const card = `${digits()} ${digits()} ${digits()} ${digits()}`
    const city = random.pick(cities)
    const state = random.pick(states)
    const extra = this.extra(8 + name.length + email.length + card.length + city.length + 2, 200)
    return `{"event_type":0,"person":{"id":${
      lastPerson(event) + firstId
    },"name":"${name}","emailAddress":"${email}",` +
      `"creditCard":"${card}","city":"${city}","state":"${state}","dateTime":"${time}","extra":"${extra}"},"auction":null,"bid":null}\n`
  }

  auction(event: number, time: string): string {
    const { random } = this
    const hot = random.integer(4) > 0
    const seller =
      (hot ? Math.floor(lastPerson(event) / hotRatio) * hotRatio : this.nextPerson(event)) + firstId
    const category = 10 + random.integer(5)
    const initial = this.price()
    const millis = this.millisOf(event)
    const future = this.millisOf(event + Math.floor(auctionsInFlight * epoch / 3))
    const expires = stamp(millis + 1 + random.integer(Math.max((future - millis) * 2, 1)))
    const item = random.word(20)
    const description = random.word(100)
    const reserve = initial + this.price()
    const extra = this.extra(8 + item.length + description.length + 40, 500)
    return `{"event_type":1,"person":null,"auction":{"id":${
      lastAuction(event) + firstId
    },"itemName":"${item}",` +
      `"description":"${description}","initialBid":${initial},"reserve":${reserve},"dateTime":"${time}","expires":"${expires}",` +
      `"seller":${seller},"category":${category},"extra":"${extra}"},"bid":null}\n`
  }

  /** The bid as JSON and as CSV. */
  bid(event: number, time: string): readonly [json: string, csv: string] {
    const { random } = this
    const hotAuction = random.integer(2) > 0
    const auction =
      (hotAuction
        ? Math.floor(lastAuction(event) / hotRatio) * hotRatio
        : this.nextAuction(event)) + firstId
    const hotBidder = random.integer(4) > 0
    const person = hotBidder
      ? Math.floor(lastPerson(event) / hotRatio) * hotRatio + 1
      : this.nextPerson(event)
    // The public generator adds the first id twice to bidders; answers depend on it.
    const bidder = person + firstId + firstId
    const price = this.price()
    const hot = random.integer(2) > 0 ? random.integer(4) : -1
    const [channel, url] = hot >= 0
      ? [hotChannels[hot]!, this.hotUrls[hot]!]
      : this.channels[random.integer(10000)]!
    const extra = this.extra(32, 100)
    const json =
      `{"event_type":2,"person":null,"auction":null,"bid":{"auction":${auction},"bidder":${bidder},"price":${price},` +
      `"channel":"${channel}","url":"${url}","dateTime":"${time}","extra":"${extra}"}}\n`
    return [json, `${auction},${bidder},${price},${channel},${url},${time},${extra}\n`]
  }
}

/** What to write: all files, or only the one in order. */
export interface GenerateOptions {
  readonly seed?: number
  readonly eventsPerSecond?: number
  readonly onlyOrdered?: boolean
}

/** Write the table that q13 looks up: `FOLDER/side/side.csv` with a value for each key from 0 to 9,999. */
export function generateSide(folder: string): void {
  const side = new Writer(`${folder}/side/side.csv`)
  for (let key = 0; key < 10_000; key++) side.add(`${key},value ${key}\n`)
  side.end()
}

/** Write the files of `events` events below `folder`. */
export function generate(events: number, folder: string, options: GenerateOptions = {}): void {
  const generator = new Generator(options.seed ?? 42, options.eventsPerSecond ?? 10000)
  const all = new Writer(`${folder}/p1/events.json`)
  const rest = options.onlyOrdered !== true
  const halves = rest ? [0, 1].map((k) => new Writer(`${folder}/p2/events-${k}.json`)) : []
  const bids = rest ? new Writer(`${folder}/csv/bid.csv`) : undefined
  for (let event = 0; event < events; event++) {
    const time = stamp(generator.millisOf(event))
    const place = event % epoch
    let line: string
    if (place < 1) line = generator.person(event, time)
    else if (place < 4) line = generator.auction(event, time)
    else {
      const [json, csv] = generator.bid(event, time)
      line = json
      bids?.add(csv)
    }
    all.add(line)
    halves[Math.floor(event / epoch) & 1]?.add(line)
  }
  for (const writer of [all, ...halves, bids]) writer?.end()
  generateSide(folder)
}

if (process.argv[1]?.endsWith("generate.ts")) {
  const [events, folder, seed, perSecond] = process.argv.slice(2)
  generate(Number(events), folder!, {
    seed: Number(seed ?? 42),
    eventsPerSecond: Number(perSecond ?? 10000)
  })
}
