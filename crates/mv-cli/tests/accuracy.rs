//! A few facilities with known truth, so that a change that spoils the savings is seen at once. The table of
//! docs/ACCURACY.md has all of them (`cargo xtask accuracy`).

use accuracy::{Case, Engine, Method, Summary, evaluate};
use std::path::PathBuf;

#[test]
fn savings_are_near_the_known_truth() {
    let scratch = tempfile::tempdir().expect("a folder");
    let program = PathBuf::from(env!("CARGO_BIN_EXE_gainshare-mv"));
    let engine = Engine { program, scratch: scratch.path().to_path_buf() };
    let outcomes =
        evaluate(&engine, &Case::ALL, &[200, 201, 202, 203], &[Method::CeaDaily], 2).expect("answers");
    for case in Case::ALL {
        let of_case: Vec<_> = outcomes.iter().filter(|outcome| outcome.case == case).collect();
        let sum = Summary::of(&of_case).expect("outcomes with numbers");
        assert_eq!(sum.seeds, 4, "{case}");
        assert!(sum.median <= if case == Case::Placebo { 2.0 } else { 2.5 }, "{case}: {sum:?}");
        assert!(sum.max <= 5.0, "{case}: {sum:?}");
        assert!(sum.flagged.is_none_or(|share| share >= 1.0), "an event was missed: {sum:?}");
    }
    let covered = outcomes.iter().filter(|outcome| outcome.covered).count();
    assert!(3 * covered >= 2 * outcomes.len(), "{covered} of {} intervals hold the truth", outcomes.len());
}
