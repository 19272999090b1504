-- The average closing price per category: the highest bid of each auction while it was open.
SELECT category AS id, AVG(highest) AS final
FROM (
  SELECT a.id, a.category, MAX(b.price) AS highest
  FROM auction AS a JOIN bid AS b ON a.id = b.auction
  WHERE b.`dateTime` BETWEEN a.`dateTime` AND a.expires
  GROUP BY a.id, a.category
)
GROUP BY category;
