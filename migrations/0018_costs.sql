-- What each quarter hour was priced at, and what the baseline of a day would have cost: baseline cost − cost savings is
-- what was paid for the energy.

ALTER TABLE savings_intervals ADD COLUMN price numeric;
ALTER TABLE performance_metrics ADD COLUMN baseline_cost numeric;

-- Days that were computed before get theirs.
INSERT INTO savings_due (organisation_id, facility_id, day, reason)
SELECT DISTINCT organisation_id, facility_id, day, 'tariff' FROM performance_metrics;
