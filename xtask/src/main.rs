//! `cargo xtask …`: the one tool for set-up, run, test, bench and upkeep.

mod accuracy;
mod bench;
mod build;
mod demo;
mod files;
mod fuzz;
mod latency;
mod layout;
mod lighthouse;
mod mosquitto;
mod postgres;
mod prepare;
mod process;
mod product;
mod run;
mod setup;
mod size;
mod step;
mod target;
mod test;

use layout::Layout;
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask <verb>

  setup              install what is missing (run and test do it too)
  run                build and start the whole product; Ctrl-C stops it
  test [FILTER]      everything CI runs; with a filter, the tests whose name contains it
  prepare            write .sqlx anew from the migrations and the queries
  bench [ID…]        the benchmarks, or those named, such as P1 P14
  accuracy [--seeds N]  the engine against facilities with known truth, into docs/ACCURACY.md
  fuzz [SECONDS]     each fuzz target for so long (default 60)

  CARGO_TARGET_DIR   where cargo builds (default: in the cache folder, shared by all checkouts)
  GAINSHARE_CACHE    where tools are kept (default: ~/.cache/gainshare)
  GAINSHARE_DATA     where databases, credentials and logs are kept (default: data/ in the checkout)
  DATABASE_URL, MQTT_URL   `run` uses these servers instead of starting private ones
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (verb, rest) = args.split_first().map_or(("", &args[..]), |(verb, rest)| (verb.as_str(), rest));
    let done = process::stop_children_on_signal().and_then(|()| dispatch(verb, rest));
    process::stop_all();
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(verb: &str, rest: &[String]) -> anyhow::Result<()> {
    if matches!(verb, "" | "help" | "--help" | "-h") {
        print!("{USAGE}");
        return Ok(());
    }
    let layout = Layout::new()?;
    target::claim(&layout)?;
    match verb {
        "setup" => setup::for_tests(&layout).map(drop),
        "run" => run::run(&layout),
        "test" => test::test(&layout, rest.first().map(String::as_str)),
        "prepare" => prepare::prepare(&layout),
        "bench" => bench::bench(&layout, rest),
        "accuracy" => accuracy::accuracy(&layout, rest),
        "fuzz" => fuzz::fuzz(&layout, rest.first().map(String::as_str)),
        _ => anyhow::bail!("there is no verb `{verb}`\n\n{USAGE}"),
    }
}
