-- What energy costs a facility: one tariff per metric type, kept with every version it had.
CREATE TABLE tariffs (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    metric_type text NOT NULL CHECK (metric_type IN ('electricity', 'gas', 'water')),
    -- domain::tariff::terms::Terms as it was checked.
    terms jsonb NOT NULL,
    created_by uuid REFERENCES users (id),
    created_by_name text NOT NULL,
    created_at timestamptz NOT NULL
);
-- The newest counts; earlier ones stay, because figures name the one they were computed with.
CREATE INDEX tariffs_newest ON tariffs (facility_id, metric_type, created_at DESC);
CALL protect_tenant_table('tariffs', true, 'SELECT, INSERT');
