-- Rules about savings: of the last whole day, and of the last seven. They are of the whole facility; the threshold is % of its
-- electricity baseline.
ALTER TABLE alert_rules DROP CONSTRAINT alert_rules_kind_check;
ALTER TABLE alert_rules ADD CONSTRAINT alert_rules_kind_check
    CHECK (kind IN ('silent', 'above', 'below', 'day_savings', 'week_savings'));
-- The second of the table's own checks: every rule but one about silence needed a point.
ALTER TABLE alert_rules DROP CONSTRAINT alert_rules_check1;
ALTER TABLE alert_rules ADD CONSTRAINT alert_rules_point_check
    CHECK (kind = 'silent' OR (point_id IS NULL) = (kind IN ('day_savings', 'week_savings')));
