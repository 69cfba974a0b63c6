-- Envelopes (raw telemetry), their rollups, watermarks and the quarantine.

-- One row per gateway message. The key makes every replay a no-op; `t0` is part of it because PostgreSQL wants the
-- partition column in a primary key, and is the same for every copy of a message.
CREATE TABLE envelopes (
    gateway_id uuid NOT NULL,
    boot bigint NOT NULL,
    seq bigint NOT NULL,
    -- First and last reading time.
    t0 timestamptz NOT NULL,
    t1 timestamptz NOT NULL,
    organisation_id uuid NOT NULL,
    facility_id uuid NOT NULL,
    samples integer NOT NULL,
    received_at timestamptz NOT NULL,
    -- docs/ENVELOPE.md
    payload bytea NOT NULL,
    PRIMARY KEY (gateway_id, boot, seq, t0),
    -- Lets a bucket's envelopes be found by `t0` alone; longer ones go to the quarantine.
    CONSTRAINT envelopes_span CHECK (t1 >= t0 AND t1 <= t0 + interval '1 hour')
) PARTITION BY RANGE (t0);
CREATE INDEX envelopes_time ON envelopes (gateway_id, t0, t1);
-- Envelopes are written in the order in which they are received, so this costs next to nothing.
CREATE INDEX envelopes_received ON envelopes USING brin (received_at) WITH (autosummarize = on);
CALL protect_tenant_table('envelopes', true, 'SELECT');

-- Makes the monthly partition that holds `at`, if it is missing. Runs as the owner because the runtime roles may not
-- create tables.
CREATE FUNCTION ensure_envelope_partition(at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    month timestamptz := date_trunc('month', at, 'UTC');
    name text := 'envelopes_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
    IF to_regclass(name) IS NOT NULL THEN RETURN; END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ensure_envelope_partition'));
    EXECUTE format('CREATE TABLE %I PARTITION OF envelopes FOR VALUES FROM (%L) TO (%L)',
        name, month, month + interval '1 month');
EXCEPTION WHEN duplicate_table THEN NULL; -- another session made it while this one waited
END $$;
REVOKE ALL ON FUNCTION ensure_envelope_partition FROM public;
GRANT EXECUTE ON FUNCTION ensure_envelope_partition TO gainshare_worker;

-- Rollups: one row per gateway and bucket, holding a packed summary of every channel (domain::summary).
-- A row depends only on the readings inside its bucket, so it is rebuilt bit for bit from the envelopes.
-- The day is the facility's local day; `bucket` is the instant it begins.
CREATE TABLE rollups (
    width text NOT NULL,
    gateway_id uuid NOT NULL,
    bucket timestamptz NOT NULL,
    organisation_id uuid NOT NULL,
    facility_id uuid NOT NULL,
    payload bytea NOT NULL,
    PRIMARY KEY (width, gateway_id, bucket)
) PARTITION BY LIST (width);
-- Packed integers hardly compress; trying costs more than it saves.
ALTER TABLE rollups ALTER COLUMN payload SET STORAGE EXTERNAL;
CREATE TABLE rollups_5m PARTITION OF rollups FOR VALUES IN ('5m');
CREATE TABLE rollups_15m PARTITION OF rollups FOR VALUES IN ('15m');
CREATE TABLE rollups_1h PARTITION OF rollups FOR VALUES IN ('1h');
CREATE TABLE rollups_1d PARTITION OF rollups FOR VALUES IN ('1d');
CALL protect_tenant_table('rollups', true, 'SELECT');

-- Through which sequence number every envelope of a boot is committed. This, and nothing else, lets a gateway trim.
CREATE TABLE watermarks (
    gateway_id uuid NOT NULL,
    boot bigint NOT NULL,
    organisation_id uuid NOT NULL,
    facility_id uuid NOT NULL,
    seq bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (gateway_id, boot)
);
CALL protect_tenant_table('watermarks', true, 'SELECT');

-- What was not let into the rollups: whole envelopes (undecodable, unknown map, time out of window) or single
-- implausible readings. Nothing is thrown away; operations release or reject.
CREATE TABLE quarantine (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    gateway_id uuid NOT NULL REFERENCES gateways (id),
    -- None where the envelope could not be decoded that far.
    boot bigint,
    seq bigint,
    -- Set for a single reading.
    channel integer,
    observed_at timestamptz,
    raw bigint,
    -- Set for a whole envelope.
    payload bytea,
    reason text NOT NULL,
    received_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'released', 'rejected')),
    resolved_by uuid REFERENCES users (id),
    resolved_at timestamptz,
    resolution_note text
);
-- What is sent again is held once.
CREATE UNIQUE INDEX quarantine_once ON quarantine (gateway_id, boot, seq, channel, observed_at, sha256(payload))
    NULLS NOT DISTINCT;
CREATE INDEX quarantine_readings ON quarantine (gateway_id, observed_at) WHERE channel IS NOT NULL;
CREATE INDEX quarantine_open ON quarantine (facility_id, received_at DESC) WHERE state = 'held';
CALL protect_tenant_table('quarantine', true, 'SELECT, UPDATE');
