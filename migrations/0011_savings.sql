-- Savings: figures per quarter hour and per day, the derivation behind each day, and what is due to be computed.

-- Days to compute anew, because readings, weather, crop plan or baseline changed. Rows are only added and, once computed,
-- deleted by id: writers never wait for the one that computes.
CREATE TABLE savings_due (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    day date NOT NULL,
    reason text NOT NULL CHECK (reason IN ('readings', 'weather', 'production', 'baseline', 'tariff', 'event'))
);
CALL protect_tenant_table('savings_due', true, 'SELECT, INSERT');

-- Names a change of [from, until): the local days that it touches and that have an active baseline become due. A counter
-- splits what it used across the edges of a day with its neighbours, so these become due as well.
CREATE FUNCTION savings_touch(facility uuid, from_at timestamptz, until_at timestamptz, why text) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO savings_due (organisation_id, facility_id, day, reason)
    SELECT f.organisation_id, f.id, d::date, why
    FROM facilities f
    CROSS JOIN LATERAL (SELECT min(effective_from) AS since FROM baselines
        WHERE facility_id = f.id AND verification_status = 'active') b
    CROSS JOIN LATERAL generate_series(greatest((from_at AT TIME ZONE f.time_zone)::date - 1, b.since),
        (until_at AT TIME ZONE f.time_zone)::date + 1, interval '1 day') d
    WHERE f.id = facility AND b.since IS NOT NULL
$$;

CREATE TABLE savings_intervals (
    facility_id uuid NOT NULL REFERENCES facilities (id),
    metric_type text NOT NULL,
    start_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL CHECK (end_at > start_at),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    day date NOT NULL,
    baseline_id uuid NOT NULL REFERENCES baselines (id),
    -- In the metric's unit; none is unknown, never zero.
    actual numeric,
    counterfactual numeric,
    avoided numeric,
    -- In the facility's currency.
    money numeric,
    quality text NOT NULL CHECK (quality IN ('measured', 'estimated', 'missing', 'questionable')),
    PRIMARY KEY (facility_id, metric_type, start_at)
);
CREATE INDEX savings_intervals_day ON savings_intervals (facility_id, metric_type, day);
CALL protect_tenant_table('savings_intervals', true, 'SELECT');

-- What was computed for a day, from what, and every value it had before. Only days that are over are kept.
CREATE TABLE derivations (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    day date NOT NULL,
    metric_type text NOT NULL,
    revision integer NOT NULL CHECK (revision > 0),
    baseline_id uuid REFERENCES baselines (id),
    engine_version text NOT NULL,
    -- Everything the figure was computed from, and its SHA-256 over the canonical text.
    inputs jsonb NOT NULL,
    inputs_sha256 bytea NOT NULL,
    result jsonb NOT NULL,
    -- Why it was computed: `closed`, or what changed.
    reason text NOT NULL,
    computed_at timestamptz NOT NULL,
    UNIQUE (facility_id, metric_type, day, revision)
);
CALL protect_tenant_table('derivations', true, 'SELECT');

CREATE TABLE performance_metrics (
    facility_id uuid NOT NULL REFERENCES facilities (id),
    day date NOT NULL,
    metric_type text NOT NULL CHECK (metric_type IN ('electricity', 'gas', 'water', 'peak_demand', 'yield')),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    baseline_id uuid REFERENCES baselines (id),
    baseline_value numeric,
    actual_value numeric,
    savings_value numeric,
    unit text NOT NULL,
    cost_savings numeric,
    currency text NOT NULL,
    coverage double precision NOT NULL CHECK (coverage BETWEEN 0 AND 1),
    state text NOT NULL CHECK (state IN ('live', 'provisional')),
    flags text[] NOT NULL DEFAULT '{}',
    -- 0 while the day is running.
    revision integer NOT NULL DEFAULT 0,
    derivation_id uuid REFERENCES derivations (id),
    computed_at timestamptz NOT NULL,
    PRIMARY KEY (facility_id, metric_type, day)
);
CALL protect_tenant_table('performance_metrics', true, 'SELECT');
