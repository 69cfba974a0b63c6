//! P14: what a browser has to fetch, compressed.

use crate::layout::Layout;
use crate::process::Cmd;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::time::Duration;

/// What the browser loads before a page is interactive, and what it loads when the first chart comes into view, with
/// the most kB each may have.
const PARTS: [(&str, &str, f64, f64, &[&str]); 2] = [
    (
        "P14-shell",
        "script and WASM of the shell, kB brotli",
        300.0,
        150.0,
        &["pkg/gainshare.js", "pkg/gainshare.wasm", "gs-chart.js"],
    ),
    ("P14-charts", "chart library, kB brotli", 270.0, 120.0, &["generated/echarts.js"]),
];

/// Node's zlib has brotli; quality 11, as a server compresses ahead of time.
const SCRIPT: &str = "const z=require('zlib'),f=require('fs');\
    console.log(process.argv.slice(1).reduce((n,p)=>n+z.brotliCompressSync(f.readFileSync(p)).length,0))";

/// Measures the built browser files.
pub(crate) fn measure(layout: &Layout) -> Result<Vec<Value>> {
    let part = |(id, what, must, aim, files): (&str, &str, f64, f64, &[&str])| {
        let node =
            Cmd::new("node").args(["-e", SCRIPT]).args(files.iter().map(|file| layout.site().join(file)));
        let bytes: f64 =
            node.output(Duration::from_secs(120))?.trim().parse().context("node counts no bytes")?;
        let kb = bytes / 1_000.0;
        Ok(
            json!({"id": id, "what": what, "ratio": kb, "must": must, "aim": aim, "lower_is_better": true, "rounds": [kb]}),
        )
    };
    PARTS.into_iter().map(part).collect()
}
