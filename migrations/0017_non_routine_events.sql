-- Non-routine events: described by one side, quantified, agreed by the other, and forgotten when they expire.
CREATE TABLE non_routine_events (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    metric_type text NOT NULL CHECK (metric_type IN ('electricity', 'gas', 'water')),
    title text NOT NULL,
    -- Local days, [start_day, until_day); no end while it lasts. From expires_on on it adjusts nothing.
    start_day date NOT NULL,
    until_day date CHECK (until_day > start_day),
    expires_on date NOT NULL CHECK (expires_on > start_day),
    state text NOT NULL CHECK (state IN ('draft', 'proposed', 'agreed', 'refused', 'withdrawn')),
    proposed_by text NOT NULL CHECK (proposed_by IN ('vendor', 'customer')),
    -- Unit of the metric per day above usual, with the half-width of its 90 % interval.
    method text CHECK (method IN ('sub_meter', 'indicator', 'estimate', 'exclusion')),
    per_day numeric(16, 3),
    half_width numeric(16, 3) CHECK (half_width >= 0),
    how text,
    created_at timestamptz NOT NULL,
    created_by uuid REFERENCES users (id),
    created_by_name text NOT NULL,
    CHECK (num_nulls(method, per_day, half_width, how) IN (0, 4)),
    CHECK (state NOT IN ('proposed', 'agreed') OR method IS NOT NULL)
);
CREATE INDEX non_routine_events_facility ON non_routine_events (facility_id, start_day DESC);
CALL protect_tenant_table('non_routine_events', true, 'SELECT, INSERT, UPDATE');

-- Every step of an event and every piece of evidence, never changed.
CREATE TABLE non_routine_event_steps (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    event_id uuid NOT NULL REFERENCES non_routine_events (id),
    at timestamptz NOT NULL,
    by_user uuid REFERENCES users (id),
    by_name text NOT NULL,
    party text NOT NULL,
    step text NOT NULL,
    state_after text NOT NULL,
    note text NOT NULL
);
CREATE INDEX non_routine_event_steps_event ON non_routine_event_steps (event_id, id);
CALL protect_tenant_table('non_routine_event_steps', true, 'SELECT, INSERT');
