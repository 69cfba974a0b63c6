-- Outdoor weather of a facility: where it comes from, its hours, and frozen sets. docs/WEATHER.md
CREATE TABLE weather_stations (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    kind text NOT NULL CHECK (kind IN ('on_site', 'open_meteo', 'epw', 'tmy3', 'isd_lite', 'csv')),
    -- Identifier in its network, or the file's name.
    code text NOT NULL,
    name text NOT NULL,
    latitude double precision,
    longitude double precision,
    elevation_m double precision,
    -- A typical year rather than what happened: for normal years, never for savings.
    typical boolean NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (facility_id, kind, code)
);
CALL protect_tenant_table('weather_stations', true, 'SELECT, INSERT, UPDATE');

-- The station that savings are computed with; every choice is kept, the newest counts.
CREATE TABLE weather_choices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    station_id uuid NOT NULL REFERENCES weather_stations (id),
    reason text NOT NULL,
    chosen_by uuid REFERENCES users (id),
    chosen_at timestamptz NOT NULL
);
CREATE INDEX weather_choices_facility ON weather_choices (facility_id, id DESC);
CALL protect_tenant_table('weather_choices', true, 'SELECT, INSERT');

CREATE TABLE weather_hours (
    station_id uuid NOT NULL REFERENCES weather_stations (id),
    -- [start_at, start_at + 1 h)
    start_at timestamptz NOT NULL,
    organisation_id uuid NOT NULL,
    facility_id uuid NOT NULL,
    temperature_c double precision,
    dew_point_c double precision,
    irradiance_w_m2 double precision,
    PRIMARY KEY (station_id, start_at)
);
CALL protect_tenant_table('weather_hours', true, 'SELECT, INSERT, UPDATE');

-- Hours as they were when a period was closed or a baseline signed: later corrections do not reach them.
CREATE TABLE weather_sets (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    station_id uuid NOT NULL REFERENCES weather_stations (id),
    from_at timestamptz NOT NULL,
    until_at timestamptz NOT NULL CHECK (until_at > from_at),
    -- Canonical CSV of the hours, and its SHA-256.
    content text NOT NULL,
    sha256 bytea NOT NULL,
    hours integer NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (facility_id, sha256)
);
CALL protect_tenant_table('weather_sets', true, 'SELECT, INSERT');
