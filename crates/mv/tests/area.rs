//! Area in use beside canopy: what a room takes however full it is planted.

use mv::cea::Row;
use mv::cea::driver::ExogenousDriver;
use mv::cea::search::search;
use mv::cea::term::{Meaning, Term};

/// Two rooms of 100 m², 2 units per m² planted, 0.5 per m² of a room in use that is not, 0.1 per mol. The first room is
/// planted half in one of its cycles, the second stands empty in another.
fn day(index: u32) -> Row {
    let cycle = index / 61;
    let first = if cycle == 2 { 50.0 } else { 100.0 };
    let second = if cycle == 4 { 0.0 } else { 100.0 };
    let (canopy, area) = (first + second, 100.0 + second);
    let photons = canopy * (30.0 + f64::from(index * 7 % 13));
    let temperature_f = 55.0 + 25.0 * libm::sin(f64::from(index) * 0.017_2);
    let heating = (60.0 - temperature_f).max(0.0);
    let usage = 40.0 + 2.0 * canopy + 0.5 * (area - canopy) + 0.1 * photons + 3.0 * heating;
    let date = chrono::NaiveDate::default() + chrono::Days::new(u64::from(index));
    Row { date, usage, temperature_f, drivers: vec![canopy, area, photons] }
}

#[test]
fn a_room_planted_half_is_told_from_one_that_is_empty() {
    let drivers: Vec<ExogenousDriver> =
        ["canopy_m2", "area_in_use_m2", "ppf_mol"].map(|name| ExogenousDriver::declare(name).unwrap()).into();
    let rows: Vec<Row> = (0..365).map(day).collect();
    let chosen = search(&rows, &drivers, true).unwrap();
    let meaning = Meaning::of(&drivers);
    let slope = chosen.best.terms.iter().position(|term| *term == Term::Unplanted);
    let slope = slope.map(|at| chosen.best.slopes[at]).unwrap();
    assert!((slope - 0.5).abs() < 0.05, "{slope}");
    // 400 m² planted in four rooms of 100 m²: 40 + 2 × 400 + 0.1 × 14 400 at 70 °F.
    let ahead = |canopy: f64, area: f64| Row {
        date: rows[0].date,
        usage: 0.0,
        temperature_f: 70.0,
        drivers: vec![canopy, area, 36.0 * canopy],
    };
    let full = chosen.best.predict(&ahead(400.0, 400.0), &meaning);
    assert!((full / 2_280.0 - 1.0).abs() < 0.01, "{full}");
    // Denser than the area is no less than nothing unplanted.
    let dense = chosen.best.predict(&ahead(400.0, 300.0), &meaning);
    assert!((dense - full).abs() < 1e-9, "{dense} and {full}");
}
