-- Each bid with a value from a small table.
SELECT b.auction, b.bidder, b.price, b.`dateTime`, s.`value`
FROM (SELECT *, MOD(auction, 10000) AS side FROM timed) AS b
JOIN side_input FOR SYSTEM_TIME AS OF b.p_time AS s ON b.side = s.`key`;
