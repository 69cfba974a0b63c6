-- Reports: what a facility saved over a stretch of days, frozen when it was made. Their documents are made from `report` whenever
-- they are asked for; the same report gives the same bytes, whose hash is in the audit trail.
CREATE TABLE reports (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    from_day date NOT NULL,
    until_day date NOT NULL CHECK (until_day > from_day),
    style jsonb NOT NULL,
    report jsonb NOT NULL,
    -- SHA-256 of the PDF.
    pdf_sha256 bytea NOT NULL,
    created_by uuid REFERENCES users (id),
    created_by_name text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX reports_facility ON reports (facility_id, created_at DESC, id DESC);
CALL protect_tenant_table('reports', true, 'SELECT, INSERT');
