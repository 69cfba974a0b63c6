-- Utility files (Green Button) and the intervals they carry.
CREATE TABLE imports (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    format text NOT NULL CHECK (format IN ('green_button')),
    file_name text NOT NULL,
    sha256 bytea NOT NULL,
    bytes bigint NOT NULL,
    -- The file as uploaded: kept as evidence of what was imported, dropped when it is refused or discarded.
    content bytea CHECK (content IS NOT NULL OR state IN ('refused', 'discarded')),
    state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'imported', 'refused', 'discarded')),
    -- What the dry run found: series with totals, and refusals with reasons (domain::utility::Preview).
    preview jsonb NOT NULL,
    created_by uuid REFERENCES users (id),
    -- Name at that time, of a person or of background work.
    created_by_name text NOT NULL,
    created_at timestamptz NOT NULL,
    imported_at timestamptz
);
CREATE INDEX imports_facility ON imports (facility_id, created_at DESC);
CALL protect_tenant_table('imports', true, 'SELECT, INSERT, UPDATE');

-- A metered series of a utility file: one commodity, direction and unit at one usage point.
CREATE TABLE utility_series (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    -- What makes the same series in a later file the same: usage point, meter reading and reading type.
    source_key text NOT NULL,
    name text NOT NULL,
    commodity text NOT NULL,
    unit text NOT NULL,
    -- delivered, received, net or total
    flow text NOT NULL,
    interval_s integer,
    currency text,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (facility_id, source_key)
);
CALL protect_tenant_table('utility_series', true, 'SELECT, INSERT, UPDATE');

CREATE TABLE utility_intervals (
    series_id uuid NOT NULL REFERENCES utility_series (id),
    -- Half-open [start_at, end_at).
    start_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL CHECK (end_at > start_at),
    organisation_id uuid NOT NULL,
    facility_id uuid NOT NULL,
    value numeric NOT NULL,
    cost numeric,
    quality text NOT NULL CHECK (quality IN ('measured', 'estimated', 'missing', 'questionable')),
    -- ESPI quality codes as given, for the auditor.
    quality_codes smallint[] NOT NULL DEFAULT '{}',
    -- `updated` of the Atom entry the value came from: a later one corrects.
    source_updated timestamptz,
    import_id uuid NOT NULL REFERENCES imports (id),
    PRIMARY KEY (series_id, start_at)
);
CALL protect_tenant_table('utility_intervals', true, 'SELECT, INSERT, UPDATE');

-- Values that a later file corrected, kept for audit.
CREATE TABLE utility_corrections (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    series_id uuid NOT NULL REFERENCES utility_series (id),
    start_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL,
    organisation_id uuid NOT NULL,
    facility_id uuid NOT NULL,
    value numeric NOT NULL,
    cost numeric,
    quality text NOT NULL,
    quality_codes smallint[] NOT NULL,
    source_updated timestamptz,
    import_id uuid NOT NULL REFERENCES imports (id),
    replaced_by uuid NOT NULL REFERENCES imports (id),
    replaced_at timestamptz NOT NULL
);
CREATE INDEX utility_corrections_series ON utility_corrections (series_id, start_at);
CALL protect_tenant_table('utility_corrections', true, 'SELECT, INSERT');
