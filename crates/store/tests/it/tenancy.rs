//! Row-level security, table by table, from the catalogue: a new table is either protected and covered here, or a
//! test fails.

use domain::access::{Grant, Principal, Role, Scope};
use domain::id::{FacilityId, OrganisationId, UserId};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use store::Db;
use uuid::Uuid;

/// One row in every tenant table, for tenant `$n`; ids are `n` followed by what they identify.
const TENANT: &str = include_str!("tenant.sql");

fn id(tenant: u8, what: u8) -> Uuid {
    Uuid::from_bytes([tenant, what, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
}

async fn seed(connect: &PgConnectOptions) -> PgConnection {
    let mut owner = PgConnection::connect_with(connect).await.unwrap();
    sqlx::raw_sql("SELECT ensure_envelope_partition('2026-01-01Z')").execute(&mut owner).await.unwrap();
    for tenant in [1, 2] {
        let sql = TENANT.replace("{n}", &format!("{tenant:02}"));
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut owner).await.unwrap();
    }
    owner
}

/// Tables that hold rows of tenants, and whether each is a partition of another one.
async fn tenant_tables(owner: &mut PgConnection) -> Vec<(String, bool)> {
    let rows = sqlx::raw_sql(
        "SELECT c.relname::text, c.relispartition FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
        WHERE c.relkind IN ('r', 'p') AND (c.relname = 'organisations' OR EXISTS (
            SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'organisation_id' AND NOT a.attisdropped))
            -- Read by the worker alone; the test below holds that.
            AND c.relname <> 'links'
        ORDER BY 1",
    )
    .fetch_all(owner)
    .await
    .unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

fn principal(tenant: u8, facilities: Option<Vec<FacilityId>>) -> Principal {
    let organisation = OrganisationId(id(tenant, 1));
    let grant = Grant { organisation, role: Role::Owner, facilities };
    Principal { user: UserId(id(tenant, 2)), name: String::new(), home: organisation, grants: vec![grant] }
}

fn scope(principal: &Principal) -> Scope {
    principal.scope(domain::access::Permission::ViewFacility).unwrap()
}

async fn count(connection: &mut PgConnection, table: &str, condition: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table} WHERE {condition}");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await.unwrap()
}

fn owner_column(table: &str) -> &'static str {
    if table == "organisations" { "id" } else { "organisation_id" }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_tenant_table_is_protected(_: PgPoolOptions, connect: PgConnectOptions) {
    let mut owner = PgConnection::connect_with(&connect).await.unwrap();
    let tables = tenant_tables(&mut owner).await;
    assert!(tables.len() > 15, "{tables:?}");
    for (table, partition) in tables {
        let row = sqlx::query(AssertSqlSafe(format!(
            "SELECT relrowsecurity, relforcerowsecurity,
                has_table_privilege('gainshare_app', oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE'),
                ARRAY(SELECT DISTINCT r.rolname::text FROM pg_policy p CROSS JOIN unnest(p.polroles) AS role
                    JOIN pg_roles r ON r.oid = role WHERE p.polrelid = c.oid ORDER BY 1)
            FROM pg_class c WHERE oid = '{table}'::regclass"
        )))
        .fetch_one(&mut owner)
        .await
        .unwrap();
        let (enabled, forced, open): (bool, bool, bool) = (row.get(0), row.get(1), row.get(2));
        let roles: Vec<String> = row.get(3);
        if partition {
            // Policies of the whole do not hold for a part that is named directly, so nobody may name it.
            assert!(!open, "requests may reach the partition {table} past its policies");
        } else {
            assert!(enabled && forced, "{table} has no forced row-level security");
            assert_eq!(roles, ["gainshare_app", "gainshare_worker"], "policies of {table}");
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn nobody_but_the_worker_reads_accounts(_: PgPoolOptions, connect: PgConnectOptions) {
    let mut owner = PgConnection::connect_with(&connect).await.unwrap();
    for table in ["users", "sessions", "links", "sign_in_attempts"] {
        let sql =
            format!("SELECT has_any_column_privilege('gainshare_app', '{table}', 'SELECT, INSERT, UPDATE')");
        let open: bool = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut owner).await.unwrap();
        assert!(!open, "{table}");
    }
    let bypass: bool = sqlx::query_scalar(
        "SELECT bool_or(rolsuper OR rolbypassrls OR rolcanlogin) FROM pg_roles WHERE rolname LIKE 'gainshare%'",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert!(!bypass, "a runtime role may go past row-level security or sign in by itself");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_tenant_sees_its_own_rows_and_no_others(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut owner = seed(&connect).await;
    let db = Db::from_options(pool, connect);
    for (table, _) in tenant_tables(&mut owner).await.into_iter().filter(|(_, partition)| !partition) {
        let column = owner_column(&table);
        for (tenant, other) in [(1, 2), (2, 1)] {
            let (own, foreign) = (id(tenant, 1), id(other, 1));
            let seeded = count(&mut owner, &table, &format!("{column} = '{own}'")).await;
            assert!(seeded > 0, "tenant.sql has no row for {table}");

            let mut tx = db.begin(&scope(&principal(tenant, None))).await.unwrap();
            assert_eq!(count(&mut tx, &table, &format!("{column} = '{own}'")).await, seeded, "{table}");
            assert_eq!(count(&mut tx, &table, &format!("{column} <> '{own}'")).await, 0, "{table}");

            let facilities = Some(vec![FacilityId(id(tenant, 3))]);
            let mut tx = db.begin(&scope(&principal(tenant, facilities))).await.unwrap();
            assert_eq!(count(&mut tx, &table, &format!("{column} = '{foreign}'")).await, 0, "{table}");
        }
        sqlx::raw_sql("SET ROLE gainshare_app").execute(&mut owner).await.unwrap();
        assert_eq!(count(&mut owner, &table, "true").await, 0, "{table} shows rows without a scope");
        sqlx::raw_sql("RESET ROLE").execute(&mut owner).await.unwrap();
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_member_limited_to_a_facility_sees_only_that_one(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut owner = seed(&connect).await;
    let db = Db::from_options(pool, connect);
    let with_facility: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'facility_id'
        JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    for table in with_facility {
        let (seen, unseen) = (FacilityId(id(1, 3)), FacilityId(id(1, 99)));
        let mut tx = db.begin(&scope(&principal(1, Some(vec![seen])))).await.unwrap();
        assert!(count(&mut tx, &table, &format!("facility_id = '{seen}'")).await > 0, "{table}");
        let mut tx = db.begin(&scope(&principal(1, Some(vec![unseen])))).await.unwrap();
        assert_eq!(count(&mut tx, &table, "true").await, 0, "{table}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn nobody_rewrites_the_audit_trail(pool: PgPoolOptions, connect: PgConnectOptions) {
    seed(&connect).await;
    let db = Db::from_options(pool, connect);
    for scope in [scope(&principal(1, None)), Scope::system()] {
        for statement in
            ["UPDATE audit_events SET actor = 'x'", "DELETE FROM audit_events", "TRUNCATE audit_events"]
        {
            let mut tx = db.begin(&scope).await.unwrap();
            let refused = sqlx::raw_sql(statement).execute(&mut *tx).await.unwrap_err();
            let code =
                refused.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default();
            assert_eq!(code, "42501", "{statement}: {refused}");
        }
    }
}
