-- Uploaded weather files between being looked through and being stored or discarded. Their hours are kept, not they.
CREATE TABLE weather_drafts (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    file_name text NOT NULL,
    content bytea NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX weather_drafts_facility ON weather_drafts (facility_id, created_at);
CALL protect_tenant_table('weather_drafts', true, 'SELECT, INSERT, DELETE');

-- Every stretch, a local month, is frozen once: what a closed month was computed with does not depend on when somebody looks.
CREATE UNIQUE INDEX weather_sets_stretch ON weather_sets (facility_id, from_at, until_at);
