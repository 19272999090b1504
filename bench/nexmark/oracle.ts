/** Nexmark's answers by loops over the events: an oracle that shares nothing with the engine. Rows are text as answers have it, sorted. */

interface Person {
  readonly id: number
  readonly name: string
  readonly emailAddress: string
  readonly creditCard: string
  readonly city: string
  readonly state: string
  readonly dateTime: string
  readonly extra: string
}

interface Auction {
  readonly id: number
  readonly itemName: string
  readonly description: string
  readonly initialBid: number
  readonly reserve: number
  readonly dateTime: string
  readonly expires: string
  readonly seller: number
  readonly category: number
  readonly extra: string
}

interface Bid {
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly channel: string
  readonly url: string
  readonly dateTime: string
  readonly extra: string
}

/** All events by kind, in their order. */
export interface Events {
  readonly persons: ReadonlyArray<Person>
  readonly auctions: ReadonlyArray<Auction>
  readonly bids: ReadonlyArray<Bid>
}

/** The events of a file of JSON lines. */
export function parseEvents(text: string): Events {
  const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line))
  const of = <A>(kind: string): ReadonlyArray<A> =>
    lines.map((line) => line[kind]).filter((one) => one !== null)
  return { persons: of<Person>("person"), auctions: of<Auction>("auction"), bids: of<Bid>("bid") }
}

type Value = string | number | bigint

function millis(time: string): number {
  return Date.parse(`${time.replace(" ", "T")}Z`)
}

/** A time of the events or in millis, as answers have it. */
function shown(time: string | number): string {
  const text = typeof time === "string"
    ? time
    : new Date(time).toISOString().replace("T", " ").replace("Z", "")
  return text.replace(/\.?0+$/, "")
}

function grouped<A>(items: ReadonlyArray<A>, keyOf: (item: A) => Value): Map<Value, Array<A>> {
  const groups = new Map<Value, Array<A>>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}

/** As `decimalText` of the answer, from the number itself. */
function decimal(price: number): string {
  const thousandths = price * 908
  if (thousandths % 1000 !== 0) return String(thousandths / 1000)
  return thousandths % 10_000 === 0 ? `${thousandths / 1000}.0` : String(thousandths / 1000)
}

const bidRow = (bid: Bid): Array<Value> => [
  bid.auction,
  bid.bidder,
  bid.price,
  bid.channel,
  bid.url,
  shown(bid.dateTime),
  bid.extra
]

const auctionRow = (auction: Auction): Array<Value> => [
  auction.itemName,
  auction.description,
  auction.initialBid,
  auction.reserve,
  shown(auction.dateTime),
  shown(auction.expires)
]

/** The bids on each auction while it was open. */
function valid(events: Events): Map<Auction, Array<Bid>> {
  const bids = grouped(events.bids, (bid) => bid.auction)
  return new Map(
    events.auctions.map((auction) => [
      auction,
      (bids.get(auction.id) ?? []).filter((bid) =>
        bid.dateTime >= auction.dateTime && bid.dateTime <= auction.expires
      )
    ])
  )
}

/** The winning bid of each auction that has one. */
function winners(events: Events): Array<readonly [Auction, Bid]> {
  return [...valid(events)].filter(([, bids]) => bids.length > 0).map(([auction, bids]) => [
    auction,
    bids.reduce((best, bid) =>
      bid.price > best.price || (bid.price === best.price && bid.dateTime < best.dateTime)
        ? bid
        : best
    )
  ])
}

function average(numbers: ReadonlyArray<number>): number {
  return Number(
    numbers.reduce((sum, number) => sum + BigInt(number), 0n) / BigInt(numbers.length)
  )
}

function statistics(bids: ReadonlyArray<Bid>): Array<Value> {
  const ranks = [
    bids,
    bids.filter((bid) => bid.price < 10_000),
    bids.filter((bid) => bid.price >= 10_000 && bid.price < 1_000_000),
    bids.filter((bid) => bid.price >= 1_000_000)
  ]
  return [
    ...ranks.map((rank) => rank.length),
    ...ranks.map((rank) => new Set(rank.map((bid) => bid.bidder)).size),
    ...ranks.map((rank) => new Set(rank.map((bid) => bid.auction)).size)
  ]
}

const day = (bid: Bid): string => bid.dateTime.slice(0, 10)

function hopping(events: Events): Array<Array<Value>> {
  const windows = new Map<number, Map<number, number>>()
  for (const bid of events.bids) {
    const last = Math.floor(millis(bid.dateTime) / 2000) * 2000
    for (let start = last; start > last - 10_000; start -= 2000) {
      const counts = windows.get(start) ?? new Map<number, number>()
      windows.set(start, counts)
      counts.set(bid.auction, (counts.get(bid.auction) ?? 0) + 1)
    }
  }
  return [...windows.values()].flatMap((counts) => {
    const most = Math.max(...counts.values())
    return [...counts].filter(([, count]) => count === most)
  })
}

function highest(events: Events): Array<Array<Value>> {
  const windows = grouped(events.bids, (bid) => Math.floor(millis(bid.dateTime) / 10_000))
  return [...windows].flatMap(([window, bids]) => {
    const most = Math.max(...bids.map((bid) => bid.price))
    const start = Number(window) * 10_000
    return events.bids.filter((bid) =>
      bid.price === most && millis(bid.dateTime) >= start && millis(bid.dateTime) <= start + 10_000
    )
  }).map((bid) => [bid.auction, bid.price, bid.bidder, shown(bid.dateTime), bid.extra])
}

function sessions(events: Events): Array<Array<Value>> {
  const rows: Array<Array<Value>> = []
  for (const [bidder, bids] of grouped(events.bids, (bid) => bid.bidder)) {
    let times: Array<number> = []
    const close = (): number =>
      rows.push([bidder, times.length, shown(times[0]!), shown(times.at(-1)! + 10_000)])
    for (const time of bids.map((bid) => millis(bid.dateTime))) {
      if (times.length > 0 && time - times.at(-1)! > 10_000) {
        close()
        times = []
      }
      times.push(time)
    }
    close()
  }
  return rows
}

/** The last ten auctions of each seller, in order of their winning bids; each auction gives a row. */
function lastTen(events: Events): Array<Array<Value>> {
  return [...grouped(winners(events), ([auction]) => auction.seller)].flatMap(([seller, won]) => {
    const ordered = won.toSorted(([, a], [, b]) =>
      a.dateTime < b.dateTime ? -1 : a.dateTime > b.dateTime ? 1 : 0
    )
    return ordered.map((_, at) => [
      seller,
      average(ordered.slice(Math.max(0, at - 9), at + 1).map(([, bid]) => bid.price))
    ])
  })
}

const channels: Readonly<Record<string, string>> = {
  apple: "0",
  google: "1",
  facebook: "2",
  baidu: "3"
}

function dayTime(bid: Bid): string {
  const hour = Number(bid.dateTime.slice(11, 13))
  return hour >= 8 && hour <= 18 ? "dayTime" : hour <= 6 || hour >= 20 ? "nightTime" : "otherTime"
}

const answers: Readonly<Record<string, (events: Events) => Array<Array<Value>>>> = {
  q0: ({ bids }) =>
    bids.map((bid) => [bid.auction, bid.bidder, bid.price, shown(bid.dateTime), bid.extra]),
  q1: ({ bids }) =>
    bids.map((bid) => [
      bid.auction,
      bid.bidder,
      decimal(bid.price),
      shown(bid.dateTime),
      bid.extra
    ]),
  q2: ({ bids }) =>
    bids.filter((bid) => bid.auction % 123 === 0).map((bid) => [bid.auction, bid.price]),
  q3: ({ persons, auctions }) =>
    auctions.filter((auction) => auction.category === 10).flatMap((auction) =>
      persons.filter((person) =>
        person.id === auction.seller && ["OR", "ID", "CA"].includes(person.state)
      ).map((person) => [person.name, person.city, person.state, auction.id])
    ),
  q4: (events) =>
    [...grouped(winners(events), ([auction]) => auction.category)].map(([category, won]) => [
      category,
      average(won.map(([, bid]) => bid.price))
    ]),
  q5: hopping,
  q6: lastTen,
  q7: highest,
  q8: ({ persons, auctions }) =>
    persons.flatMap((person) => {
      const window = Math.floor(millis(person.dateTime) / 10_000)
      const sells = auctions.some((auction) =>
        auction.seller === person.id && Math.floor(millis(auction.dateTime) / 10_000) === window
      )
      return sells ? [[person.id, person.name, shown(window * 10_000)]] : []
    }),
  q9: (events) =>
    winners(events).map(([auction, bid]) => [
      auction.id,
      ...auctionRow(auction),
      auction.seller,
      auction.category,
      auction.extra,
      bid.auction,
      bid.bidder,
      bid.price,
      shown(bid.dateTime),
      bid.extra
    ]),
  q10: ({ bids }) =>
    bids.map((bid) => [
      bid.auction,
      bid.bidder,
      bid.price,
      shown(bid.dateTime),
      bid.extra,
      day(bid),
      bid.dateTime.slice(11, 16)
    ]),
  q11: sessions,
  q13: ({ bids }) =>
    bids.map((bid) => [
      bid.auction,
      bid.bidder,
      bid.price,
      shown(bid.dateTime),
      `value ${bid.auction % 10_000}`
    ]),
  q14: ({ bids }) =>
    bids.filter((bid) => bid.price * 908 > 1e9 && bid.price * 908 < 5e10).map((bid) => [
      bid.auction,
      bid.bidder,
      decimal(bid.price),
      dayTime(bid),
      shown(bid.dateTime),
      bid.extra,
      bid.extra.split("c").length - 1
    ]),
  q15: ({ bids }) => [...grouped(bids, day)].map(([key, own]) => [key, ...statistics(own)]),
  q16: ({ bids }) =>
    [...grouped(bids, (bid) => `${bid.channel},${day(bid)}`)].map(([key, own]) => [
      key,
      own.map((bid) => bid.dateTime.slice(11, 16)).sort().at(-1)!,
      ...statistics(own)
    ]),
  q17: ({ bids }) =>
    [...grouped(bids, (bid) => `${bid.auction},${day(bid)}`)].map(([key, own]) => {
      const prices = own.map((bid) => bid.price)
      const sum = prices.reduce((total, price) => total + BigInt(price), 0n)
      return [
        key,
        ...statistics(own).slice(0, 4),
        Math.min(...prices),
        Math.max(...prices),
        average(prices),
        sum
      ]
    }),
  q18: ({ bids }) =>
    [...grouped(bids, (bid) => `${bid.bidder},${bid.auction}`).values()].map((own) =>
      bidRow(own.reduce((last, bid) => bid.dateTime >= last.dateTime ? bid : last))
    ),
  q19: ({ bids }) =>
    [...grouped(bids, (bid) => bid.auction).values()].flatMap((own) =>
      own.toSorted((a, b) => b.price - a.price).slice(0, 10).map((bid, at) => [
        ...bidRow(bid),
        at + 1
      ])
    ),
  q20: ({ bids, auctions }) =>
    bids.flatMap((bid) => {
      const auction = auctions.find((one) => one.id === bid.auction && one.category === 10)
      return auction === undefined ? [] : [[
        ...bidRow(bid),
        ...auctionRow(auction),
        auction.seller,
        auction.category,
        auction.extra
      ]]
    }),
  q21: ({ bids }) =>
    bids.flatMap((bid) => {
      const own = channels[bid.channel.toLowerCase()] ?? /&channel_id=([^&]*)/.exec(bid.url)?.[1]
      return own === undefined ? [] : [[bid.auction, bid.bidder, bid.price, bid.channel, own]]
    }),
  q22: ({ bids }) =>
    bids.map((bid) => [
      bid.auction,
      bid.bidder,
      bid.price,
      bid.channel,
      ...bid.url.split("/").slice(3, 6)
    ]),
  q23: ({ persons, auctions, bids }) => {
    const sellers = grouped(auctions, (auction) => auction.seller)
    const known = new Map(persons.map((person) => [person.id, person]))
    return bids.flatMap((bid) => {
      const person = known.get(bid.bidder)
      if (person === undefined) return []
      return (sellers.get(bid.bidder) ?? []).map((auction) => [
        ...bidRow(bid),
        person.name,
        person.emailAddress,
        person.creditCard,
        person.city,
        person.state,
        shown(person.dateTime),
        person.extra,
        auction.id,
        ...auctionRow(auction),
        auction.category,
        auction.extra
      ])
    })
  }
}

/** The queries that have one answer. */
export const answered: ReadonlyArray<string> = Object.keys(answers)

/** The rows of a query's answer. */
export function oracle(query: string, events: Events): ReadonlyArray<string> {
  return answers[query]!(events).map((row) => row.join(",")).sort()
}
