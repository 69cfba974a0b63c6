//! The generator gives the same truth again, and no savings where nothing was replaced.

use accuracy::{Case, Run};

#[test]
fn the_same_case_and_seed_give_the_same_file_and_truth() {
    for case in Case::ALL {
        let (first, again) = (Run::simulate(case, 7), Run::simulate(case, 7));
        assert_eq!(first, again, "{case}");
        assert_eq!(first.csv(), again.csv(), "{case}");
        assert_ne!(first.csv(), Run::simulate(case, 8).csv(), "{case}");
    }
}

#[test]
fn nothing_is_saved_where_nothing_was_replaced() {
    for seed in 0..5 {
        let run = Run::simulate(Case::Placebo, seed);
        assert_eq!(run.truth().savings().to_bits(), 0.0_f64.to_bits(), "seed {seed}");
        assert!(run.rows.iter().all(|row| row.counterfactual.to_bits() == row.actual.to_bits()));
    }
}

#[test]
fn a_retrofit_saves_and_leaves_the_baseline_alone() {
    for case in Case::ALL.into_iter().filter(|case| *case != Case::Placebo) {
        for seed in 0..4 {
            let run = Run::simulate(case, seed);
            let truth = run.truth();
            let share = truth.savings() / truth.counterfactual;
            assert!((0.10..0.70).contains(&share), "{case}, seed {seed}: {share}");
            let baseline = || run.rows.iter().filter(|row| !row.reporting);
            assert_eq!(baseline().count(), 365);
            assert!(baseline().all(|row| row.counterfactual.to_bits() == row.actual.to_bits()), "{case}");
            assert!(run.rows.iter().all(|row| row.actual > 0.0 && row.actual.is_finite()), "{case}");
        }
    }
}

#[test]
fn the_meter_reads_what_was_used_but_for_its_error_and_its_gaps() {
    for seed in 0..5 {
        let run = Run::simulate(Case::SameProduction, seed);
        let missing = run.rows.iter().filter(|row| row.observed.is_none()).count();
        assert!((1..60).contains(&missing), "seed {seed}: {missing} days are missing");
        let read = || run.rows.iter().filter_map(|row| Some((row.observed?, row.actual)));
        let (observed, actual) = read().fold((0.0, 0.0), |sum, (o, a)| (sum.0 + o, sum.1 + a));
        assert!((observed / actual - 1.0).abs() < 0.002, "seed {seed}: {observed} against {actual}");
    }
}

#[test]
fn each_case_tells_its_story() {
    let mean = |run: &Run, reporting: bool, column: usize| {
        let rows = run.rows.iter().filter(|row| row.reporting == reporting);
        rows.map(|row| row.drivers[column]).sum::<f64>() / 365.0
    };
    let grown = |case, column| {
        let changes = (0..6).map(|seed| {
            let run = Run::simulate(case, seed);
            mean(&run, true, column) / mean(&run, false, column) - 1.0
        });
        changes.sum::<f64>() / 6.0
    };
    let (flower, area, photons) = (1, 2, 3);
    assert!((0.2..0.4).contains(&grown(Case::MoreCanopy, flower)));
    assert!((-0.3..-0.08).contains(&grown(Case::IdleRoom, flower)));
    assert!((0.15..0.25).contains(&grown(Case::MoreLight, photons)));
    assert!(grown(Case::MoreLight, flower).abs() < 0.05);
    assert!(
        (0.05..0.25).contains(&grown(Case::MoreCanopy, area)),
        "a new room has area, denser rooms have none"
    );
    assert!(grown(Case::SameProduction, photons).abs() < 0.05);

    let run = Run::simulate(Case::ExtraLoad, 3);
    let (first, last) = run.event.clone().expect("there is an event");
    let days = run.rows.iter().filter(|row| (&first..=&last).contains(&&row.start));
    assert_eq!(days.count(), 90);
}
