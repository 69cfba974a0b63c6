-- Facilities, zones, gateways and points.
CREATE TABLE facilities (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name text NOT NULL CHECK (name <> ''),
    kind text NOT NULL CHECK (kind IN ('indoor', 'greenhouse')),
    time_zone text NOT NULL,
    latitude double precision NOT NULL,
    longitude double precision NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE facilities ENABLE ROW LEVEL SECURITY;
ALTER TABLE facilities FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON facilities TO gainshare_app
    USING (organisation_id = ANY((SELECT app_whole_organisations())::uuid[]) OR id = ANY((SELECT app_facilities())::uuid[]));
CREATE POLICY worker ON facilities TO gainshare_worker USING (true) WITH CHECK (true);
GRANT SELECT ON facilities TO gainshare_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON facilities TO gainshare_worker;

CREATE TABLE zones (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    slug text NOT NULL CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name text NOT NULL,
    stage text NOT NULL CHECK (stage IN ('clone', 'veg', 'flower', 'dry', 'produce')),
    canopy_m2 double precision NOT NULL CHECK (canopy_m2 >= 0),
    lights_on_min integer NOT NULL CHECK (lights_on_min BETWEEN 0 AND 1439),
    photoperiod_min integer NOT NULL CHECK (photoperiod_min BETWEEN 0 AND 1440),
    leaf_offset_k double precision NOT NULL DEFAULT -2,
    position integer NOT NULL,
    UNIQUE (facility_id, slug)
);
CALL protect_tenant_table('zones', true, 'SELECT');

CREATE TABLE gateways (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    name text NOT NULL,
    -- Version of the point map; raised whenever a point of this gateway changes.
    map_version integer NOT NULL DEFAULT 1,
    provisioned_at timestamptz,
    revoked_at timestamptz,
    last_seen_at timestamptz,
    -- Device clock minus server clock at the last envelope, ms.
    clock_skew_ms bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (facility_id, name)
);
CALL protect_tenant_table('gateways', true, 'SELECT');

CREATE TABLE points (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    zone_id uuid REFERENCES zones (id),
    -- None for points fed by imports.
    gateway_id uuid REFERENCES gateways (id),
    channel integer,
    name text NOT NULL,
    metric text NOT NULL,
    unit text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('counter', 'gauge', 'delta')),
    decimals smallint NOT NULL CHECK (decimals BETWEEN 0 AND 9),
    end_use text CHECK (end_use IN ('total', 'lighting', 'hvac', 'dehumidification', 'irrigation')),
    interval_ms integer NOT NULL CHECK (interval_ms > 0),
    modulus bigint CHECK (modulus > 0),
    rate_max bigint CHECK (rate_max > 0),
    valid_min bigint,
    valid_max bigint,
    source jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- Left out of the facility file since: no longer read, kept for its history. Its channel is never given away.
    retired_at timestamptz,
    UNIQUE (gateway_id, channel),
    UNIQUE (facility_id, name),
    CHECK ((gateway_id IS NULL) = (channel IS NULL))
);
CALL protect_tenant_table('points', true, 'SELECT');

-- What happened to a meter: a swap or a changed multiplier, with the registers where somebody read them.
CREATE TABLE meter_events (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    point_id uuid NOT NULL REFERENCES points (id),
    at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('swap', 'multiplier')),
    -- Raw register read just before and just after; none when nobody read it.
    closing_raw bigint,
    opening_raw bigint,
    -- Multiplier of raw values from `at` on (CT ratio); 1 unless set.
    multiplier numeric NOT NULL DEFAULT 1 CHECK (multiplier > 0),
    reason text NOT NULL,
    created_by uuid REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (point_id, at)
);
CALL protect_tenant_table('meter_events', true, 'SELECT, INSERT');
