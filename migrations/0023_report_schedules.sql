-- Reports that are made by themselves: every month, for people with certain roles, who are told by mail.
CREATE TABLE report_schedules (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    -- Local day of the month on which the month before is reported, at six in the morning.
    day integer NOT NULL CHECK (day BETWEEN 1 AND 28),
    tell text[] NOT NULL CHECK (cardinality(tell) > 0),
    style jsonb NOT NULL,
    -- First day of the month that is reported next, and when that is tried.
    next_month date NOT NULL CHECK (extract(day FROM next_month) = 1),
    due_at timestamptz NOT NULL,
    -- The report of that month once it is made, and who was told of it; what went wrong at the last try.
    report_id uuid REFERENCES reports (id),
    told text[] NOT NULL DEFAULT '{}',
    error text,
    -- Whoever set it up: a report shows what they may see.
    created_by uuid NOT NULL REFERENCES users (id),
    created_by_name text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX report_schedules_due ON report_schedules (due_at);
CALL protect_tenant_table('report_schedules', true, 'SELECT, INSERT, DELETE');
