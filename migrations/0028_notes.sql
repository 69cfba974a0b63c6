-- Notes on the timeline: what people at a facility want others to know about a day or a stretch of it. A note is never changed or
-- deleted; it can be retracted with a reason, and stays readable with it.
CREATE TABLE notes (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    -- None for the whole facility.
    zone_id uuid REFERENCES zones (id),
    -- Local days that it touches, [start_day, until_day).
    start_day date NOT NULL,
    until_day date NOT NULL CHECK (until_day > start_day),
    -- The stretch within them; none where it is about whole days.
    start_at timestamptz,
    end_at timestamptz CHECK (end_at > start_at),
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 2000),
    -- Whether use was not what the baseline knows: a reason to bring up a non-routine event.
    affects_baseline boolean NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid REFERENCES users (id),
    created_by_name text NOT NULL,
    retracted_at timestamptz,
    retracted_by_name text,
    retracted_because text CHECK (length(retracted_because) BETWEEN 1 AND 500),
    CHECK (num_nulls(start_at, end_at) IN (0, 2)),
    CHECK (num_nulls(retracted_at, retracted_by_name, retracted_because) IN (0, 3))
);
CREATE INDEX notes_facility ON notes (facility_id, start_day DESC);
CALL protect_tenant_table('notes', true, 'SELECT, INSERT, UPDATE');
