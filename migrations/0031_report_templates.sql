-- Templates of reports: what a report says and how it is written, kept by an organisation under a name. A report made from one keeps
-- its own copy, so a template may change; a monthly report follows its template.
CREATE TABLE report_templates (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    name text NOT NULL,
    style jsonb NOT NULL,
    choices jsonb NOT NULL,
    created_by_name text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT report_templates_name UNIQUE (organisation_id, name)
);
CALL protect_tenant_table('report_templates', false, 'SELECT, INSERT, UPDATE, DELETE');
ALTER TABLE report_schedules ADD COLUMN template_id uuid CONSTRAINT report_schedules_template REFERENCES report_templates (id);
