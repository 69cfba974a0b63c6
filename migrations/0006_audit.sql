-- Append-only audit trail, one hash chain per organisation (domain::audit).
CREATE TABLE audit_events (
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    -- 1, 2, 3 … without holes.
    height bigint NOT NULL,
    at timestamptz NOT NULL,
    -- None for background work.
    actor_id uuid,
    actor text NOT NULL,
    -- verb.noun, e.g. `import.confirmed`
    action text NOT NULL,
    -- What it was done to, e.g. `facility:cedar-flower`
    subject text NOT NULL,
    facility_id uuid,
    detail jsonb NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (organisation_id, height)
);
CALL protect_tenant_table('audit_events', false, 'SELECT, INSERT');
-- Not even the worker changes what has been recorded.
REVOKE UPDATE, DELETE ON audit_events FROM gainshare_worker;
