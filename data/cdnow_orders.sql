-- table master = package:lifetimes/datasets/CDNOW_master.txt lines
-- One row a purchase: customer, its place among the customer's purchases, day, CDs and dollars.
WITH cells AS (
  SELECT regexp_extract_all(line, '[0-9.]+') AS cell, row_number() OVER () AS place
  FROM master
  WHERE regexp_matches(line, '^ *[0-9]{5} ')
)
SELECT
  cell[1] AS customer,
  cell[1] || '-' || row_number() OVER (PARTITION BY cell[1] ORDER BY place) AS "order",
  strptime(cell[2], '%Y%m%d') AS date,
  CAST(cell[4] AS DECIMAL(12, 2)) AS amount
FROM cells
