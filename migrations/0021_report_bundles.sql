-- Statement bundles: a report with everything it rests on, sealed when the report was made. Kept to the byte, because what it rests on
-- may be computed again later.
CREATE TABLE report_bundles (
    report_id uuid PRIMARY KEY REFERENCES reports (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    archive bytea NOT NULL,
    sha256 bytea NOT NULL
);
-- It is compressed on the way out; compressing it here as well only costs time.
ALTER TABLE report_bundles ALTER COLUMN archive SET STORAGE EXTERNAL;
CALL protect_tenant_table('report_bundles', true, 'SELECT, INSERT');
