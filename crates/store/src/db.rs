//! Connections: two pools, one per runtime role, and transactions that carry a scope.

use crate::{MIGRATOR, Result};
use domain::access::Scope;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool, Postgres};
use std::ops::{Deref, DerefMut};
use std::time::Duration;

/// A transaction; dereferences to [`PgConnection`] and rolls back unless committed.
#[derive(Debug)]
pub struct Tx<'a>(sqlx::Transaction<'a, Postgres>);

impl Tx<'_> {
    /// Makes everything done in it durable.
    ///
    /// # Errors
    /// When the database cannot; then nothing was done, unless the connection broke before the answer came.
    pub async fn commit(self) -> Result<()> {
        Ok(self.0.commit().await?)
    }

    /// Undoes everything at once; dropping does so only when the connection is used again.
    ///
    /// # Errors
    /// When the database fails; nothing was kept all the same.
    pub async fn rollback(self) -> Result<()> {
        Ok(self.0.rollback().await?)
    }
}

impl Deref for Tx<'_> {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.0
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}

/// The database as requests and background work see it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    /// Connections as `gainshare_app`: only rows of the scope that is set.
    app: PgPool,
    /// Connections as `gainshare_worker`: across tenants.
    worker: PgPool,
}

impl Db {
    /// Opens both pools and checks that the database answers.
    ///
    /// # Errors
    /// When the URL is malformed or the database cannot be reached or does not let the login take both roles.
    pub async fn connect(url: &str) -> Result<Self> {
        let options = PgPoolOptions::new().max_connections(16).acquire_timeout(Duration::from_secs(5));
        let db = Self::from_options(options, url.parse()?);
        db.app.acquire().await?;
        db.worker.acquire().await?;
        Ok(db)
    }

    /// Pools that connect when first used. Takes what `sqlx::test` hands over.
    pub fn from_options(pool: PgPoolOptions, connect: PgConnectOptions) -> Self {
        // A request that takes longer than this has been given up by its reader.
        let app = with_session(pool.clone(), "SET ROLE gainshare_app; SET statement_timeout = '30s'");
        let worker = with_session(pool, "SET ROLE gainshare_worker");
        Self { app: app.connect_lazy_with(connect.clone()), worker: worker.connect_lazy_with(connect) }
    }

    /// Brings the schema up to date, as the login of the URL, which then owns it.
    ///
    /// # Errors
    /// When the database cannot be reached, or a migration fails or was changed after it was applied.
    pub async fn migrate(url: &str) -> Result<()> {
        let mut connection = PgConnection::connect(url).await?;
        MIGRATOR.run(&mut connection).await?;
        connection.close().await?;
        Ok(())
    }

    /// Opens a transaction that sees exactly what `scope` allows.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn begin(&self, scope: &Scope) -> Result<Tx<'static>> {
        if scope.is_system() {
            return Ok(Tx(self.worker.begin().await?));
        }
        let mut tx = self.app.begin().await?;
        sqlx::query!(
            r#"SELECT set_config('app.organisations', $1, true) AS a, set_config('app.whole_organisations', $2, true) AS b,
                set_config('app.facilities', $3, true) AS c, set_config('app.user', $4, true) AS d"#,
            array(scope.organisations()),
            array(scope.whole_organisations()),
            array(scope.facilities()),
            scope.user().map(|id| id.to_string()).unwrap_or_default(),
        )
        .fetch_one(&mut *tx)
        .await?;
        Ok(Tx(tx))
    }

    /// Writes one row and checks that every migration of this build is applied.
    ///
    /// # Errors
    /// When the database is away, takes no writes, or has an older or newer schema ([`sqlx::migrate::MigrateError`]).
    pub async fn check(&self) -> Result<()> {
        let mut tx = self.worker.begin().await?;
        sqlx::query!("UPDATE readiness_probe SET checked_at = now()").execute(&mut *tx).await?;
        let newest =
            sqlx::query_scalar!(r#"SELECT applied_migration() AS "version""#).fetch_one(&mut *tx).await?;
        tx.commit().await?;
        if newest != MIGRATOR.iter().map(|m| m.version).max() {
            return Err(sqlx::migrate::MigrateError::VersionMissing(newest.unwrap_or_default()).into());
        }
        Ok(())
    }

    /// Waits for running statements, then closes every connection.
    pub async fn close(&self) {
        self.app.close().await;
        self.worker.close().await;
    }
}

/// The pool options with a statement that each new connection runs first.
fn with_session(pool: PgPoolOptions, statement: &'static str) -> PgPoolOptions {
    pool.after_connect(move |connection, _| {
        Box::pin(async move { sqlx::raw_sql(statement).execute(connection).await.map(drop) })
    })
}

/// PostgreSQL's text form of a uuid array.
fn array<T: std::fmt::Display>(ids: &[T]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    format!("{{{}}}", ids.join(","))
}
