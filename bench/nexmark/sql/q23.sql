-- Bids of those who sell too, with who they are and what they sell.
SELECT b.auction, b.bidder, b.price, b.channel, b.url, b.`dateTime` AS bid_dateTime, b.extra AS bid_extra,
  p.name, p.emailAddress, p.creditCard, p.city, p.state, p.`dateTime` AS person_dateTime, p.extra AS person_extra,
  a.id AS auction_id, a.itemName, a.description, a.initialBid, a.reserve, a.`dateTime` AS auction_dateTime, a.expires,
  a.category, a.extra AS auction_extra
FROM bid AS b
JOIN person AS p ON b.bidder = p.id
JOIN auction AS a ON b.bidder = a.seller;
