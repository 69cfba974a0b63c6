//! `gainshare-accuracy`: writes a facility with known truth, or measures the engine against many.

use accuracy::{Case, Engine, Method, Run, evaluate, table};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
gainshare-accuracy write CASE SEED FOLDER
    CASE-SEED.csv for the engine and CASE-SEED.json with the truth
gainshare-accuracy measure --engine PROGRAM [--from SEED] [--seeds N] [--case CASE] [--page FILE.md] [--each]
    the table of all cases (default: 30 seeds from 100), and into the page between its markers; --each lists every seed

Cases: same-production canopy+25% idle-room ppfd+20% extra-load-90d greenhouse placebo
";

const BEGIN: &str = "<!-- measured: begin -->";
const END: &str = "<!-- measured: end -->";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["write", case, seed, folder] => write(case, seed, Path::new(folder)),
        ["measure", options @ ..] => measure(options),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn case_of(name: &str) -> Result<Case, String> {
    Case::named(name).ok_or_else(|| format!("there is no case `{name}`\n\n{USAGE}"))
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("`{text}` is not a whole number"))
}

fn write(case: &str, seed: &str, folder: &Path) -> Result<(), String> {
    let run = Run::simulate(case_of(case)?, number(seed)?);
    let save = |ending: &str, text: String| {
        let file = folder.join(format!("{case}-{seed}.{ending}"));
        std::fs::write(&file, text).map_err(|error| format!("cannot write {}: {error}", file.display()))
    };
    save("csv", run.csv())?;
    save("json", format!("{:#}\n", run.truth_json()))
}

fn measure(options: &[&str]) -> Result<(), String> {
    let (mut program, mut page) = (None, None);
    let (mut from, mut count, mut cases, mut each) = (100, 30, Case::ALL.to_vec(), false);
    let mut options = options.iter();
    while let Some(option) = options.next() {
        if *option == "--each" {
            each = true;
            continue;
        }
        let value = options.next().ok_or_else(|| format!("{option} needs a value"))?;
        match *option {
            "--engine" => program = Some(PathBuf::from(value)),
            "--page" => page = Some(PathBuf::from(value)),
            "--from" => from = number(value)?,
            "--seeds" => count = number(value)?,
            "--case" => cases = vec![case_of(value)?],
            _ => return Err(format!("there is no option `{option}`\n\n{USAGE}")),
        }
    }
    let scratch = std::env::temp_dir().join(format!("gainshare-accuracy-{}", std::process::id()));
    std::fs::create_dir_all(&scratch)
        .map_err(|error| format!("cannot make {}: {error}", scratch.display()))?;
    let engine = Engine { program: program.ok_or("--engine PROGRAM is missing")?, scratch };
    let seeds: Vec<u64> = (from..from + count).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let outcomes = evaluate(&engine, &cases, &seeds, &[Method::CeaDaily, Method::CaltrackDaily], threads);
    let _ = std::fs::remove_dir_all(&engine.scratch);
    let outcomes = outcomes?;
    for outcome in outcomes.iter().filter(|_| each) {
        println!("{outcome:?}");
    }
    let text = format!(
        "Seeds {from}–{}.\n\n### With the facility's drivers (`cea-daily`)\n\n{}\n### Weather only (`caltrack-daily`)\n\n{}",
        from + count - 1,
        table(&outcomes, Method::CeaDaily),
        table(&outcomes, Method::CaltrackDaily),
    );
    println!("{text}");
    page.map_or(Ok(()), |page| replace(&page, &text))
}

/// Puts the tables between the markers of the page.
fn replace(page: &Path, tables: &str) -> Result<(), String> {
    let name = page.display();
    let text = std::fs::read_to_string(page).map_err(|error| format!("cannot read {name}: {error}"))?;
    let (before, rest) = text.split_once(BEGIN).ok_or_else(|| format!("{name} has no line {BEGIN}"))?;
    let (_, after) = rest.split_once(END).ok_or_else(|| format!("{name} has no line {END}"))?;
    std::fs::write(page, format!("{before}{BEGIN}\n{tables}{END}{after}"))
        .map_err(|error| format!("cannot write {name}: {error}"))
}
