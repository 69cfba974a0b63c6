//! P14: what a browser has to fetch, compressed.

use crate::files::below;
use crate::layout::Layout;
use crate::process::Cmd;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// Node's zlib has brotli; quality 11, as a server compresses ahead of time.
const SCRIPT: &str = "const z=require('zlib'),f=require('fs');\
    console.log(process.argv.slice(1).reduce((n,p)=>n+z.brotliCompressSync(f.readFileSync(p)).length,0))";

/// Most of the shell. 300 was the bar: the splitter leaves the words of every page (96 kB) with the shell, so that it grows with each page.
const SHELL_MOST: f64 = 320.0;

/// Measures the built browser files: the shell, which every page needs; with it the pages that are fetched together,
/// by group; and the chart library, which the first chart in view fetches. `must` is null where none is set.
pub(crate) fn measure(layout: &Layout) -> Result<Vec<Value>> {
    let site = layout.site();
    let mut shell = ["pkg/gainshare.js", "pkg/gainshare.wasm", "gs-chart.js", "gs-export.js"]
        .map(|file| site.join(file))
        .to_vec();
    shell.extend(below(&site.join("pkg"), ".js")?.into_iter().filter(|file| is_splitter(file)));
    let mut results = vec![
        result("P14-shell", "script and WASM of the shell, kB brotli", &shell, Some((SHELL_MOST, 150.0)))?,
        result(
            "P14-charts",
            "chart library, kB brotli",
            &[site.join("generated/echarts.js")],
            Some((270.0, 120.0)),
        )?,
    ];
    let groups = fs::read_to_string(site.join("pkg/__wasm_split_manifest.json"))?;
    let groups: BTreeMap<String, Vec<String>> =
        serde_json::from_str(&groups).context("the list of split files")?;
    for (group, parts) in groups {
        let name = group.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_');
        let mut files = shell.clone();
        files.extend(parts.iter().map(|part| site.join("pkg").join(format!("{part}.wasm"))));
        let what = format!("shell with {}, kB brotli", name.replace('_', " "));
        results.push(result(&format!("P14-{}", name.replace('_', "-")), &what, &files, None)?);
    }
    Ok(results)
}

fn is_splitter(file: &std::path::Path) -> bool {
    file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("__wasm_split"))
}

fn result(id: &str, what: &str, files: &[PathBuf], limits: Option<(f64, f64)>) -> Result<Value> {
    let node = Cmd::new("node").args(["-e", SCRIPT]).args(files);
    let bytes: f64 = node.output(Duration::from_secs(120))?.trim().parse().context("node counts no bytes")?;
    let kb = bytes / 1_000.0;
    let (must, aim) = limits.unzip();
    Ok(
        json!({"id": id, "what": what, "ratio": kb, "must": must, "aim": aim, "lower_is_better": true, "rounds": [kb]}),
    )
}
