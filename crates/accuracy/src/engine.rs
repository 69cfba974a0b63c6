//! The engine as a program: a file in, JSON out.

use crate::run::Run;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the engine may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Weather and the facility's drivers.
    CeaDaily,
    /// Weather alone.
    CaltrackDaily,
}

impl Method {
    /// As the command line calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CeaDaily => "cea-daily",
            Self::CaltrackDaily => "caltrack-daily",
        }
    }
}

/// A stretch of days that the engine takes for a non-routine event.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// ISO 8601 dates as the engine prints them.
    pub start: String,
    /// As `start`.
    pub end: String,
    /// kWh a day, positive for more use.
    pub kwh_per_day: f64,
}

/// What the engine says, in kWh.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Whether it stands by its number.
    pub qualified: bool,
    /// Counterfactual less observed; none if it gives no number.
    pub savings: Option<f64>,
    /// Interval on the savings at 90 %.
    pub interval: Option<(f64, f64)>,
    /// What it would have a person look at.
    pub candidates: Vec<Candidate>,
}

/// Where the engine is, and where files for it may lie for a moment.
pub struct Engine {
    /// The program `gainshare-mv`.
    pub program: PathBuf,
    /// A folder that exists.
    pub scratch: PathBuf,
}

impl Engine {
    /// Asks for the savings of a run.
    ///
    /// # Errors
    /// If the program cannot be run, refuses the file or prints something else than its JSON.
    pub fn ask(&self, run: &Run, method: Method) -> Result<Answer, String> {
        let name = format!("{}-{}-{}.csv", run.case.name(), run.seed, method.name());
        let file = self.scratch.join(name);
        std::fs::write(&file, run.csv())
            .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
        let answer = self.ask_about(&file, run, method);
        // A file left behind does no harm.
        let _ = std::fs::remove_file(&file);
        answer
    }

    fn ask_about(&self, file: &Path, run: &Run, method: Method) -> Result<Answer, String> {
        let mut command = Command::new(&self.program);
        command
            .args(["savings", "--method", method.name(), "--confidence", "0.9", "--json", "--data"])
            .arg(file);
        if method == Method::CeaDaily {
            command.arg("--drivers").arg(run.drivers.join(","));
        }
        let output =
            command.output().map_err(|error| format!("cannot run {}: {error}", self.program.display()))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        serde_json::from_slice(&output.stdout)
            .map(|json| parse(&json))
            .map_err(|error| format!("the engine printed no JSON: {error}"))
    }
}

fn parse(json: &Value) -> Answer {
    let interval = &json["interval"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let candidates = json["nre_candidates"].as_array().map(Vec::as_slice).unwrap_or_default().iter();
    Answer {
        qualified: json["qualified"].as_bool().unwrap_or(false),
        savings: json["savings"].as_f64(),
        interval: interval["low"].as_f64().zip(interval["high"].as_f64()),
        candidates: candidates
            .map(|c| Candidate {
                start: text(&c["start"]),
                end: text(&c["end"]),
                kwh_per_day: c["kwh_per_day"].as_f64().unwrap_or(0.0),
            })
            .collect(),
    }
}
