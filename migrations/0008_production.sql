-- What a facility grows: the crop plan that drives a baseline, harvests for the yield guard, and equipment.
CREATE TABLE crop_plan (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    zone_id uuid NOT NULL REFERENCES zones (id),
    -- Local days, half-open; no end while it runs.
    from_day date NOT NULL,
    until_day date CHECK (until_day > from_day),
    stage text NOT NULL CHECK (stage ~ '^[a-z][a-z_]{0,31}$'),
    canopy_m2 numeric NOT NULL CHECK (canopy_m2 >= 0),
    -- Recipe agreed with the grower: light hours per day and photon flux density over the canopy, µmol/m²/s.
    photoperiod_h numeric NOT NULL CHECK (photoperiod_h BETWEEN 0 AND 24),
    ppfd numeric NOT NULL CHECK (ppfd >= 0),
    created_at timestamptz NOT NULL,
    UNIQUE (zone_id, from_day)
);
CREATE INDEX crop_plan_facility ON crop_plan (facility_id, from_day);
CALL protect_tenant_table('crop_plan', true, 'SELECT, INSERT, UPDATE, DELETE');

CREATE TABLE harvests (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    zone_id uuid NOT NULL REFERENCES zones (id),
    day date NOT NULL,
    crop text NOT NULL,
    -- Name or number of the crop cycle.
    cycle text NOT NULL,
    dry_g numeric CHECK (dry_g >= 0),
    wet_g numeric CHECK (wet_g >= 0),
    created_at timestamptz NOT NULL,
    UNIQUE (zone_id, day, cycle)
);
CREATE INDEX harvests_facility ON harvests (facility_id, day);
CALL protect_tenant_table('harvests', true, 'SELECT, INSERT, UPDATE');

CREATE TABLE equipment (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    facility_id uuid NOT NULL REFERENCES facilities (id),
    zone_id uuid REFERENCES zones (id),
    kind text NOT NULL CHECK (kind <> ''),
    name text NOT NULL CHECK (name <> ''),
    quantity integer NOT NULL CHECK (quantity > 0),
    rated_w numeric CHECK (rated_w >= 0),
    installed_on date,
    removed_on date CHECK (removed_on > installed_on),
    created_at timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (facility_id, zone_id, kind, name, installed_on)
);
CALL protect_tenant_table('equipment', true, 'SELECT, INSERT, UPDATE');
