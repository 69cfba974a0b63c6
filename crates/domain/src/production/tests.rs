use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn row(zone: u128, from: &str, until: Option<&str>, stage: &str, ppfd: i64) -> CropPlanRow {
    CropPlanRow {
        zone: ZoneId(uuid::Uuid::from_u128(zone)),
        from: day(from),
        until: until.map(day),
        stage: stage.to_owned(),
        canopy_m2: Decimal::from(60),
        photoperiod_h: Decimal::from(12),
        ppfd: Decimal::from(ppfd),
    }
}

/// 900 µmol·m⁻²·s⁻¹ for 12 h is 38.88 mol·m⁻², on 60 m² 2 332.8 mol.
#[test]
fn photons_called_for_follow_the_recipe() {
    let plan =
        [row(1, "2026-01-01", Some("2026-01-03"), "flower", 900), row(2, "2026-01-02", None, "veg", 450)];
    let days = daily_drivers(&plan, day("2025-12-30")..day("2026-01-05"));
    assert_eq!(
        days.iter().map(|d| d.day).collect::<Vec<_>>(),
        [day("2026-01-01"), day("2026-01-02"), day("2026-01-03"), day("2026-01-04")]
    );
    assert!((days[0].ppf_mol - 2_332.8).abs() < 1e-9);
    assert!((days[1].ppf_mol - 3_499.2).abs() < 1e-9);
    assert_eq!(days[0].canopy_m2, BTreeMap::from([("flower".to_owned(), 60.0), ("veg".to_owned(), 0.0)]));
    assert_eq!(days[3].canopy_m2, BTreeMap::from([("flower".to_owned(), 0.0), ("veg".to_owned(), 60.0)]));
    assert!(daily_drivers(&[], day("2026-01-01")..day("2026-01-05")).is_empty());
}

/// A room is in use as a whole, however much of it is planted, and once, however many rows speak of it.
#[test]
fn area_in_use_is_that_of_the_rooms_with_a_crop() {
    let areas = BTreeMap::from([
        (row(1, "2026-01-01", None, "flower", 0).zone, 80.0),
        (ZoneId(uuid::Uuid::from_u128(2)), 50.0),
    ]);
    let mut plan =
        [row(1, "2026-01-01", Some("2026-01-03"), "flower", 900), row(2, "2026-01-02", None, "veg", 450)];
    let days = |plan: &[CropPlanRow]| {
        let days = daily_drivers(plan, day("2026-01-01")..day("2026-01-04"));
        with_area_in_use(days, plan, &areas).iter().map(|d| d.area_in_use_m2).collect::<Vec<_>>()
    };
    assert_eq!(days(&plan), [Some(80.0), Some(130.0), Some(50.0)]);
    plan[1].canopy_m2 = Decimal::ZERO;
    assert_eq!(
        days(&plan),
        [Some(80.0), Some(80.0), Some(0.0)],
        "a row without canopy leaves its room empty"
    );
}

#[test]
fn a_plan_that_ended_says_nothing_of_later_days() {
    let plan = [row(1, "2026-01-01", Some("2026-01-03"), "flower", 900)];
    assert_eq!(daily_drivers(&plan, day("2026-01-02")..day("2026-02-01")).len(), 1);
}

#[test]
fn rows_of_one_room_do_not_overlap() {
    let first = row(1, "2026-01-01", Some("2026-01-03"), "flower", 900);
    assert_eq!(overlap(&[row(1, "2026-01-03", None, "flower", 900), first.clone()]), None);
    assert!(overlap(&[first.clone(), row(1, "2026-01-02", None, "flower", 900)]).is_some());
    assert_eq!(overlap(&[first, row(2, "2026-01-02", None, "flower", 900)]), None);
}
