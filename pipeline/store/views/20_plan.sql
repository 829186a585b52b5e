-- One row: an item of the content plan in force.
CREATE OR REPLACE VIEW plan_latest AS
SELECT * FROM plan_items FINAL
WHERE (department, month, saved) IN (SELECT department, month, max(saved) FROM plan_items GROUP BY department, month);
