-- Runtime roles and the settings that row-level security reads.
-- `gainshare_app` serves requests: it sees only rows of the scope set in its transaction.
-- `gainshare_worker` does background work (ingest, command line): it crosses tenants.
-- Neither owns a table, so neither can switch a policy off.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['gainshare_app', 'gainshare_worker'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database of this cluster made it
        END;
        -- The login that migrates also serves; a superuser may take any role anyway.
        IF NOT pg_has_role(current_user, name, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', name);
        END IF;
    END LOOP;
END $$;

GRANT USAGE ON SCHEMA public TO gainshare_app, gainshare_worker;

-- Scope of the running transaction, set with set_config(…, true). Unset means nothing is visible.
CREATE FUNCTION app_organisations() RETURNS uuid[] LANGUAGE sql STABLE AS
$$ SELECT coalesce(nullif(current_setting('app.organisations', true), ''), '{}')::uuid[] $$;
CREATE FUNCTION app_whole_organisations() RETURNS uuid[] LANGUAGE sql STABLE AS
$$ SELECT coalesce(nullif(current_setting('app.whole_organisations', true), ''), '{}')::uuid[] $$;
CREATE FUNCTION app_facilities() RETURNS uuid[] LANGUAGE sql STABLE AS
$$ SELECT coalesce(nullif(current_setting('app.facilities', true), ''), '{}')::uuid[] $$;
CREATE FUNCTION app_user() RETURNS uuid LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('app.user', true), '')::uuid $$;

-- Called once for each tenant-owned table. Tables with a facility open by organisation or by single facility,
-- tables without one by organisation.
CREATE PROCEDURE protect_tenant_table(tbl regclass, has_facility boolean, app_privileges text) LANGUAGE plpgsql AS $$
DECLARE
    visible text := CASE WHEN has_facility
        THEN 'organisation_id = ANY((SELECT app_whole_organisations())::uuid[]) OR facility_id = ANY((SELECT app_facilities())::uuid[])'
        ELSE 'organisation_id = ANY((SELECT app_organisations())::uuid[])' END;
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tbl);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tbl);
    EXECUTE format('CREATE POLICY tenant ON %s TO gainshare_app USING (%s) WITH CHECK (%s)', tbl, visible, visible);
    EXECUTE format('CREATE POLICY worker ON %s TO gainshare_worker USING (true) WITH CHECK (true)', tbl);
    EXECUTE format('GRANT %s ON %s TO gainshare_app', app_privileges, tbl);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO gainshare_worker', tbl);
END $$;

-- What readiness checks write, so that a database that takes no writes is noticed before a request needs one.
CREATE TABLE readiness_probe (checked_at timestamptz NOT NULL);
INSERT INTO readiness_probe VALUES (now());
GRANT SELECT, UPDATE ON readiness_probe TO gainshare_worker;

-- Version of the newest migration; the runtime roles may not read the migration table itself. The name is resolved
-- when it is called, because a schema made without the migration tool has no such table.
CREATE FUNCTION applied_migration() RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ BEGIN RETURN (SELECT max(version) FROM _sqlx_migrations WHERE success); END $$;
