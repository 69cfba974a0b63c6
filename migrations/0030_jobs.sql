-- Work that takes longer than a request may: reports and large exports. A row is taken with a lease that its worker renews; when
-- the worker dies, the lease ends and another one begins again. What comes of it is committed together with the row's end.
CREATE TABLE jobs (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    -- Whose it is: nobody else sees it, and it is done with what they may see when it runs.
    person_id uuid NOT NULL REFERENCES users (id),
    person_name text NOT NULL,
    -- `report` or `export`, with everything that was asked for.
    work jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    percent integer NOT NULL DEFAULT 0 CHECK (percent BETWEEN 0 AND 100),
    -- Why it failed, or is tried again.
    message text,
    -- When it may be taken; while it runs, when its lease ends.
    due_at timestamptz NOT NULL,
    -- Names the worker's hold on it: whoever lost the hold can write nothing any more.
    holder uuid,
    tries integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    -- When it is deleted with its file.
    expires_at timestamptz NOT NULL,
    report_id uuid REFERENCES reports (id),
    file_name text,
    file_rows bigint,
    file_bytes bigint
);
CREATE INDEX jobs_due ON jobs (due_at) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_person ON jobs (person_id, created_at DESC);
CREATE INDEX jobs_expires ON jobs (expires_at);
CALL protect_tenant_table('jobs', true, 'SELECT, INSERT, UPDATE, DELETE');
CREATE POLICY own ON jobs AS RESTRICTIVE TO gainshare_app USING (person_id = (SELECT app_user()));

-- The file of an export, in pieces, so that neither writing nor reading it takes memory of its size.
CREATE TABLE job_chunks (
    job_id uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    n integer NOT NULL,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    person_id uuid NOT NULL REFERENCES users (id),
    bytes bytea NOT NULL,
    PRIMARY KEY (job_id, n)
);
-- Compressed by its writer or on the way out.
ALTER TABLE job_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;
CALL protect_tenant_table('job_chunks', true, 'SELECT');
CREATE POLICY own ON job_chunks AS RESTRICTIVE TO gainshare_app USING (person_id = (SELECT app_user()));
