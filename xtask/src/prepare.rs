//! `.sqlx`: what the database says of every query, kept so that building needs no database.

use crate::files::below;
use crate::layout::Layout;
use crate::postgres::{Durability, Postgres};
use crate::setup;
use crate::step::step;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

const LIMIT: Duration = Duration::from_secs(1800);

/// Writes `.sqlx` anew.
pub(crate) fn prepare(layout: &Layout) -> Result<()> {
    setup::for_run(layout)?;
    let postgres = step("PostgreSQL", || for_tests(layout, "prepare"))?;
    step("describe the queries", || describe(layout, &postgres, &layout.root.join(".sqlx")))
}

/// Fails when `.sqlx` is not what migrations and queries say.
pub(crate) fn check(layout: &Layout, postgres: &Postgres) -> Result<()> {
    let fresh = layout.target.join("sqlx-check");
    describe(layout, postgres, &fresh)?;
    let (kept, made) = (contents(&layout.root.join(".sqlx"))?, contents(&fresh)?);
    if kept != made {
        let all: std::collections::BTreeSet<&String> = kept.keys().chain(made.keys()).collect();
        let differing = all.iter().filter(|name| kept.get(**name) != made.get(**name)).count();
        bail!(".sqlx is out of date for {differing} of {} queries: run `cargo xtask prepare`", made.len());
    }
    Ok(())
}

/// A cluster without durability, made anew.
pub(crate) fn for_tests(layout: &Layout, name: &str) -> Result<Postgres> {
    let folder = layout.data.join("test").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Postgres::start(layout, &folder.join("postgres"), &folder, Durability::None)
}

/// Compiles `store` against a database with the schema; its query macros write down what they learn.
fn describe(layout: &Layout, postgres: &Postgres, folder: &Path) -> Result<()> {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder)?;
    let url = postgres.database("describe")?;
    for migration in below(&layout.root.join("migrations"), ".sql")? {
        postgres.run_file("describe", &migration)?;
    }
    // The macros only run when the crate is compiled, so it has to look changed.
    let library = layout.root.join("crates/store/src/lib.rs");
    fs::File::options().append(true).open(&library)?.set_modified(SystemTime::now())?;
    let check = layout.cmd("cargo").args(["check", "--quiet", "--package", "store", "--all-targets"]);
    let check = check.env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", folder).env("DATABASE_URL", url);
    check.run(LIMIT)
}

fn contents(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let files = below(folder, ".json").context("run `cargo xtask prepare`")?;
    let named = files.into_iter().filter_map(|file| {
        let name = file.file_name()?.to_string_lossy().into_owned();
        Some(fs::read(&file).map(|bytes| (name, bytes)))
    });
    Ok(named.collect::<std::io::Result<_>>()?)
}
