-- The highest bids of each 10 seconds.
SELECT b.auction, b.price AS bidder, b.bidder AS price, b.`dateTime`, b.extra
FROM bid AS b JOIN (
  SELECT window_end, MAX(price) AS highest
  FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '10' SECOND))
  GROUP BY window_start, window_end
) AS w ON b.price = w.highest
WHERE b.`dateTime` BETWEEN w.window_end - INTERVAL '10' SECOND AND w.window_end;
