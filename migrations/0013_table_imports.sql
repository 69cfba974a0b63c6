-- Tables (CSV, XLSX) beside Green Button files: how they are read is kept with the draft.
ALTER TABLE imports DROP CONSTRAINT imports_format_check;
ALTER TABLE imports ADD CONSTRAINT imports_format_check CHECK (format IN ('green_button', 'csv', 'xlsx'));
ALTER TABLE imports DROP CONSTRAINT imports_state_check;
ALTER TABLE imports ADD CONSTRAINT imports_state_check
    CHECK (state IN ('mapping', 'draft', 'imported', 'refused', 'discarded'));
-- domain::table::Settings; none for formats that need no questions.
ALTER TABLE imports ADD COLUMN settings jsonb;
ALTER TABLE imports ADD CONSTRAINT imports_settings_check CHECK ((settings IS NULL) = (format = 'green_button'));

-- How tables with these headings were read before.
CREATE TABLE import_mappings (
    facility_id uuid NOT NULL REFERENCES facilities (id),
    -- SHA-256 of the headings.
    fingerprint bytea NOT NULL,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    settings jsonb NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (facility_id, fingerprint)
);
CALL protect_tenant_table('import_mappings', true, 'SELECT, INSERT, UPDATE');
