-- Append-only audit trail, one hash chain per organisation (domain::audit).
CREATE TABLE audit_events (
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    -- 1, 2, 3 … without holes.
    height bigint NOT NULL,
    at timestamptz NOT NULL,
    -- None for background work.
    actor_id uuid,
    actor text NOT NULL,
    -- noun.verb, e.g. `import.confirmed`
    action text NOT NULL,
    -- What it was done to, e.g. `facility:cedar-flower`
    subject text NOT NULL,
    facility_id uuid,
    -- `json` and not `jsonb`: the hash covers the text, to the byte.
    detail json NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (organisation_id, height)
);
CREATE INDEX audit_events_at ON audit_events (organisation_id, at DESC, height DESC);
ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_events FORCE ROW LEVEL SECURITY;
-- Who is limited to single facilities sees what was done to those, yet everything anybody does is recorded.
CREATE POLICY visible ON audit_events FOR SELECT TO gainshare_app
    USING (organisation_id = ANY((SELECT app_whole_organisations())::uuid[]) OR facility_id = ANY((SELECT app_facilities())::uuid[]));
CREATE POLICY append ON audit_events FOR INSERT TO gainshare_app
    WITH CHECK (organisation_id = ANY((SELECT app_organisations())::uuid[]));
CREATE POLICY worker ON audit_events TO gainshare_worker USING (true) WITH CHECK (true);
-- Not even the worker changes what has been recorded.
GRANT SELECT, INSERT ON audit_events TO gainshare_app, gainshare_worker;

-- Locks an organisation's chain until the transaction ends and returns its last record, which the next one names.
-- Runs as the owner because a caller may append without seeing the last record.
-- Two statements, so that the second sees what whoever held the lock has committed.
CREATE FUNCTION audit_tip(organisation uuid) RETURNS TABLE (tip_height bigint, tip_hash bytea)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('audit:' || organisation, 0));
    SELECT height, hash FROM audit_events WHERE organisation_id = organisation ORDER BY height DESC LIMIT 1;
$$;
REVOKE ALL ON FUNCTION audit_tip FROM public;
GRANT EXECUTE ON FUNCTION audit_tip TO gainshare_app, gainshare_worker;
