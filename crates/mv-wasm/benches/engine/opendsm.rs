//! opendsm as a child process.

use mv::series::{Period, Series};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A Python with opendsm; it ends with its input.
pub(crate) struct Opendsm {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// Observed and predicted values by hour, e.g. `2016-01-01T00`.
pub(crate) type Told = BTreeMap<String, (f64, f64)>;

impl Opendsm {
    pub(crate) fn start() -> Self {
        let python = std::env::var_os("OPENDSM_PYTHON")
            .expect("OPENDSM_PYTHON is a Python with opendsm: `cargo xtask bench` installs one");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/engine/peer.py");
        // One thread, as ours.
        let threads =
            ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"].map(|name| (name, "1"));
        let mut child = Command::new(python)
            .arg(script)
            .envs(threads)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("opendsm has to start");
        let (input, output) = (child.stdin.take(), child.stdout.take().unwrap());
        Self { child, input, output: BufReader::new(output) }
    }

    /// Gives it a meter; what its model says of the baseline and of the reporting period.
    pub(crate) fn meter(&mut self, kind: &str, gas: bool, series: &Series) -> [Told; 2] {
        let columns = json!({
            "baseline": columns(series, Period::Baseline), "reporting": columns(series, Period::Reporting)
        });
        let told = self.ask(&json!({"meter": kind, "gas": gas, "columns": columns}));
        ["baseline", "reporting"].map(|name| serde_json::from_value(told[name].clone()).unwrap())
    }

    /// Fits the meter again; seconds of processor time.
    pub(crate) fn fit(&mut self) -> f64 {
        self.ask(&json!({}))["seconds"].as_f64().unwrap()
    }

    fn ask(&mut self, question: &Value) -> Value {
        writeln!(self.input.as_mut().unwrap(), "{question}").unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("opendsm gave up on {}", &line))
    }
}

impl Drop for Opendsm {
    fn drop(&mut self) {
        drop(self.input.take());
        self.child.wait().unwrap();
    }
}

fn columns(series: &Series, period: Period) -> Value {
    let rows: Vec<_> = series.rows.iter().filter(|row| row.period == period).collect();
    json!({
        "start": rows[0].start.to_string(),
        "observed": rows.iter().map(|row| row.usage).collect::<Vec<_>>(),
        "temperature": rows.iter().map(|row| row.temperature_f).collect::<Vec<_>>(),
    })
}
