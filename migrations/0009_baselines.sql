-- Baselines of a facility: what it would have used without the measure. docs/BASELINES.md tells how one comes to be.
CREATE TABLE baselines (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    metric_type text NOT NULL CHECK (metric_type IN ('electricity', 'gas', 'water', 'peak_demand', 'yield')),
    -- Counts up within facility and metric type.
    version integer NOT NULL CHECK (version > 0),
    -- Local days, half-open: from `period_start` to before `period_end`.
    period_start date NOT NULL,
    period_end date NOT NULL CHECK (period_end > period_start),
    -- First local day on which savings count.
    effective_from date NOT NULL,
    unit text NOT NULL,
    -- Mean per day of the baseline period, for people; savings come from the model.
    baseline_value numeric CHECK (baseline_value >= 0),
    -- What was fitted side by side (domain::baseline::Candidate), and which of them was picked and why.
    candidates jsonb NOT NULL,
    method text,
    reason text,
    -- The picked candidate's model, as the engine writes it.
    model jsonb,
    -- Share of a day's use in each local quarter hour of the baseline period; 96 numbers.
    profile jsonb NOT NULL,
    engine_version text NOT NULL,
    -- The daily rows it was fitted to, frozen, as canonical CSV; and their SHA-256.
    inputs text NOT NULL,
    inputs_sha256 bytea NOT NULL,
    verification_status text NOT NULL CHECK (verification_status IN ('draft', 'submitted', 'in_verification', 'verified',
        'changes_requested', 'rejected', 'active', 'superseded')),
    -- The side that submitted it: the other one accepts it.
    submitted_by text CHECK (submitted_by IN ('vendor', 'customer')),
    created_by uuid REFERENCES users (id),
    created_by_name text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (facility_id, metric_type, version)
);
-- Savings have one baseline at a time.
CREATE UNIQUE INDEX baselines_active ON baselines (facility_id, metric_type) WHERE verification_status = 'active';
CALL protect_tenant_table('baselines', true, 'SELECT, INSERT, UPDATE');

-- Every step of a baseline's way, as shown to both parties; the audit trail has the same, chained.
CREATE TABLE baseline_steps (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    baseline_id uuid NOT NULL REFERENCES baselines (id),
    at timestamptz NOT NULL,
    by_user uuid REFERENCES users (id),
    by_name text NOT NULL,
    party text CHECK (party IN ('vendor', 'customer', 'verifier')),
    step text NOT NULL,
    state_before text,
    state_after text NOT NULL,
    note text NOT NULL DEFAULT ''
);
CREATE INDEX baseline_steps_baseline ON baseline_steps (baseline_id, id);
CALL protect_tenant_table('baseline_steps', true, 'SELECT, INSERT');
