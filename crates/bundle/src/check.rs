//! Checking a bundle with nothing but the file, and perhaps a key that is trusted.

mod figures;
mod seal;

use crate::archive::{self, File};
use crate::content::Statement;
use serde::{Deserialize, Serialize};

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What, as a statement that should be true.
    pub what: String,
    /// Whether it is.
    pub holds: bool,
    /// What was found: counts where it holds, the first difference where it does not.
    pub found: String,
}

impl Check {
    fn good(what: &str, found: impl Into<String>) -> Self {
        Self { what: what.to_owned(), holds: true, found: found.into() }
    }

    fn bad(what: &str, found: impl Into<String>) -> Self {
        Self { what: what.to_owned(), holds: false, found: found.into() }
    }

    /// Good where there is no difference.
    fn of(what: &str, found: impl Into<String>, difference: Option<String>) -> Self {
        difference.map_or_else(|| Self::good(what, found), |difference| Self::bad(what, difference))
    }
}

/// Everything that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Whether all of it holds.
    pub holds: bool,
    /// Facility and days; none where the statement cannot be read.
    pub title: Option<String>,
    /// Key that signed, hexadecimal; none where there is no manifest. Compare it with the platform's.
    pub public_key: Option<String>,
    /// What was checked, in order.
    pub checks: Vec<Check>,
}

/// How a signature is checked: `fits(key, bytes, signature)` by Ed25519 (RFC 8032).
pub trait Fits: Fn(&[u8], &[u8], &[u8]) -> bool {}
impl<F: Fn(&[u8], &[u8], &[u8]) -> bool> Fits for F {}

/// Checks a bundle: archive, hashes, hash tree and signature; that the statement is the sum of its days, the days are those of
/// their quarter hours, readings, tariff and model; that the baselines are signed and, with `refit`, that their models come out
/// the same when fitted again; and the records of the audit trail. Without `trusted`, the file's own key is all there is to go by.
pub fn check(bytes: &[u8], trusted: Option<&[u8]>, fits: impl Fits, refit: bool) -> Report {
    let files = match archive::read(bytes) {
        Ok(files) => files,
        Err(refused) => {
            let checks = vec![Check::bad("The file is a statement bundle", refused.to_string())];
            return Report { holds: false, title: None, public_key: None, checks };
        }
    };
    let (mut checks, public_key) = seal::check(bytes, &files, trusted, &fits);
    let statement: Option<Statement> = part(&files, crate::content::STATEMENT).ok();
    checks.extend(figures::check(&files, &fits, refit));
    let title = statement.map(|s| {
        let last = s.report.until.pred_opt().unwrap_or(s.report.until);
        format!("{}, {} to {last}", s.report.facility, s.report.from)
    });
    Report { holds: checks.iter().all(|check| check.holds), title, public_key, checks }
}

/// A file's content by its name.
fn part<T: serde::de::DeserializeOwned>(files: &[File], name: &str) -> Result<T, String> {
    let file = files.iter().find(|file| file.name == name);
    let file = file.ok_or_else(|| format!("{name} is missing"))?;
    serde_json::from_slice(&file.bytes).map_err(|error| format!("{name} cannot be read: {error}"))
}
