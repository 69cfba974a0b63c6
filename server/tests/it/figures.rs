//! The same figures on the dashboard, in the files and over REST, to the watt-hour and the cent.

use crate::portal::{Portal, SECRET};
use crate::rest::{get, person, send, token};
use axum::http::{Method, StatusCode, header};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::access::{Permission, Scope};
use domain::baseline::MetricType;
use domain::local_time::day_bounds;
use domain::quality::Quality;
use domain::range::Range;
use domain::report::{Choices, Dates, Energy, NewReport, Part, Style};
use domain::savings::dashboard::{Comparison, DashboardView};
use domain::savings::{FigureState, Performance, SavingsInterval};
use domain::tokens::ApiScope;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use services::savings::{Asked, dashboard};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use store::facilities::by_slug;
use store::savings::{Place, intervals_replace, performance_upsert};

const SAVINGS: &str = "/api/revenue-sharing/savings";
const PERFORMANCE: &str = "/api/revenue-sharing/performance";
const REPORTS: &str = "/api/revenue-sharing/reports";
const FIGURES: &[ApiScope] = &[ApiScope::FiguresRead, ApiScope::ReportsWrite];

/// Quarter hours of a day with odd digits, as many as the zone's clock gives it.
fn quarters(zone: Tz, day: NaiveDate) -> Vec<SavingsInterval> {
    let (start, end) = day_bounds(zone, day);
    let n = (end - start).num_minutes() / 15;
    let at = |i: i64| start + TimeDelta::minutes(15 * i);
    (0..n)
        .map(|i| {
            let counterfactual = Decimal::new(7_001 + 13 * i, 3);
            let actual = Decimal::new(4_003 + 29 * (i % 17), 3);
            let price = Decimal::new(if i % 3 == 0 { 2_113 } else { 857 }, 4);
            let avoided = counterfactual - actual;
            SavingsInterval {
                start: at(i),
                end: at(i + 1),
                actual: Some(actual),
                counterfactual: Some(counterfactual),
                avoided: Some(avoided),
                price: Some(price),
                money: Some(avoided * price),
                quality: Quality::Measured,
            }
        })
        .collect()
}

/// Days of savings at cedar, as they are computed; returns what they add up to: kWh and money, baseline cost first.
async fn seeded(portal: &mut Portal, zone: Tz, days: &[&str]) -> (Decimal, Decimal, Decimal) {
    sqlx::query("UPDATE facilities SET time_zone = $1 WHERE slug = 'cedar'")
        .bind(zone.name())
        .execute(&mut portal.owner)
        .await
        .unwrap();
    let mut tx = portal.ctx.db.begin(&Scope::system()).await.unwrap();
    let cedar = by_slug(&mut tx, "cedar").await.unwrap();
    let baseline: domain::id::BaselineId = portal.ids["baseline"].parse().unwrap();
    let mut sums = (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
    for day in days {
        let day: NaiveDate = day.parse().unwrap();
        let intervals = quarters(zone, day);
        let place = Place {
            organisation: cedar.organisation,
            facility: cedar.id,
            metric: MetricType::Electricity,
            day,
        };
        intervals_replace(&mut tx, place, baseline, &intervals).await.unwrap();
        let sum =
            |of: fn(&SavingsInterval) -> Option<Decimal>| intervals.iter().filter_map(of).sum::<Decimal>();
        let (saved, cost) = (sum(|i| i.avoided), sum(|i| Some(i.counterfactual? * i.price?)).round_dp(4));
        let money = sum(|i| i.money).round_dp(4);
        sums = (sums.0 + saved, sums.1 + cost, sums.2 + money);
        let performance = Performance {
            day,
            metric_type: MetricType::Electricity,
            baseline: Some(baseline),
            baseline_value: Some(sum(|i| i.counterfactual)),
            actual_value: Some(sum(|i| i.actual)),
            savings_value: Some(saved),
            unit: "kWh".to_owned(),
            baseline_cost: Some(cost),
            cost_savings: Some(money),
            currency: cedar.currency.clone(),
            coverage: 1.0,
            state: FigureState::Provisional,
            flags: vec!["estimated".to_owned()],
            revision: 1,
            computed_at: DateTime::<Utc>::default(),
        };
        performance_upsert(&mut tx, place, &performance, None).await.unwrap();
    }
    tx.commit().await.unwrap();
    sums
}

async fn shown(portal: &Portal, from: &str, last: &str) -> DashboardView {
    let owner = person(portal, "owner@a.example").await;
    let scope = owner.scope(Permission::ViewFacility).unwrap();
    let (from, to) = (from.parse().unwrap(), last.parse().unwrap());
    let asked = Asked {
        range: Range::Days { from, to },
        metric: MetricType::Electricity,
        comparison: Comparison::Baseline,
    };
    dashboard(&portal.ctx, &scope, "cedar", asked).await.unwrap()
}

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap_or_else(|| panic!("no decimal in a string: {value}")).parse().unwrap()
}

/// Sums of the columns of a file of savings.
fn file_sums(csv: &str) -> (Decimal, Decimal, Decimal) {
    let mut lines = csv.lines().skip_while(|line| !line.starts_with("day,"));
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let place = |name: &str| names.iter().position(|n| *n == name).unwrap();
    let (saved, cost, money) = (place("savings"), place("baseline_cost"), place("cost_savings"));
    lines.fold((Decimal::ZERO, Decimal::ZERO, Decimal::ZERO), |sums, line| {
        let cells: Vec<&str> = line.split(',').collect();
        let cell = |n: usize| cells[n].parse::<Decimal>().unwrap();
        (sums.0 + cell(saved), sums.1 + cell(cost), sums.2 + cell(money))
    })
}

/// Over the change of clocks of a zone: spring or autumn, and an island where the day begins elsewhere.
async fn agrees(portal: &mut Portal, zone: Tz, days: &[&str]) {
    let (kwh, cost, money) = seeded(portal, zone, days).await;
    let (first, last) = (days[0], days[days.len() - 1]);
    let view = shown(portal, first, last).await;
    let (totals, equation) = (view.totals.unwrap(), view.equation().unwrap());
    assert_eq!(totals.savings, kwh, "{zone}");
    // Half a cent goes away from zero, once for the baseline's cost and once for what was paid.
    let cents =
        |v: Decimal| v.round_dp_with_strategy(2, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    assert_eq!(equation.savings, cents(cost) - cents(cost - money), "{zone}");
    assert_eq!(equation.keep + equation.share, equation.savings);
    let by_day: Decimal = view.days.iter().filter_map(|p| p.savings_value).sum();
    assert_eq!(by_day, kwh, "the table's days");
    assert_eq!(view.days.len(), days.len());
    if !view.quarters.is_empty() {
        let by_quarter: Decimal = view.quarters.iter().filter_map(|i| i.avoided).sum();
        assert_eq!(by_quarter, kwh, "the chart's quarter hours");
    }

    let until = last.parse::<NaiveDate>().unwrap() + Days::new(1);
    let range = format!("facility=cedar&from={first}&until={until}");
    let cookie = portal.cookie("owner@a.example").await;
    let path = format!("/f/cedar/savings.csv?from={first}&until={until}");
    let file = portal.send(Method::GET, &path, "", &[("cookie", &cookie)]).await;
    assert_eq!(file_sums(&file.body), (kwh, cost, money), "the file: {}", file.body);

    let token = token(portal, "owner@a.example", FIGURES).await;
    for granularity in ["month", "day", "quarter_hour"] {
        let path = format!("{SAVINGS}?{range}&granularity={granularity}&limit=3000");
        let (answer, body) = get(portal, &path, &token).await;
        assert_eq!(answer.status, StatusCode::OK, "{body}");
        let total = &body["total"];
        assert_eq!(decimal(&total["savings_value"]), kwh, "{granularity}");
        assert_eq!(decimal(&total["cost_savings"]), equation.savings);
        assert_eq!(decimal(&total["vendor_share"]), equation.share);
        assert_eq!(decimal(&total["customer_share"]), equation.keep);
        let items =
            ["months", "days", "quarter_hours"].iter().find_map(|name| body[*name].as_array()).unwrap();
        let sum: Decimal = items.iter().map(|item| decimal(&item["savings_value"])).sum();
        assert_eq!(sum, kwh, "{granularity} add up to the total");
    }
    let (_, page) = get(portal, &format!("{PERFORMANCE}?{range}&metric_type=electricity"), &token).await;
    let sum: Decimal =
        page["performance"].as_array().unwrap().iter().map(|line| decimal(&line["savings_value"])).sum();
    assert_eq!(sum, kwh);
    assert_eq!(page["time_zone"], zone.name());

    let asked = json!({ "facility": "cedar", "from": first, "until": until });
    let (made, report) = send(portal, REPORTS, &asked, &token).await;
    assert_eq!(made.status, StatusCode::CREATED, "{report}");
    let told = &report["metrics"][0];
    assert_eq!(decimal(&told["savings_value"]), kwh, "the report");
    assert_eq!(decimal(&told["cost_savings"]), equation.savings);
    assert_eq!(decimal(&told["vendor_share"]), equation.share);
    let bearer = format!("Bearer {token}");
    let path = report["documents"]["csv"].as_str().unwrap();
    let rows = portal.send(Method::GET, path, "", &[("authorization", &bearer)]).await.body;
    let mut lines = rows.lines().skip_while(|line| line.starts_with('#'));
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let place = names.iter().position(|name| name.to_lowercase().starts_with("savings")).unwrap();
    let sum: Decimal =
        lines.map(|line| line.split(',').nth(place).unwrap().parse::<Decimal>().unwrap()).sum();
    assert_eq!(sum, kwh, "the report's file: {rows}");
    in_other_units(portal, (first, last), kwh).await;
}

/// A report that was built: its page and its file say the same in another unit, and programs are told the platform's.
async fn in_other_units(portal: &mut Portal, (first, last): (&str, &str), kwh: Decimal) {
    let owner = person(portal, "owner@a.example").await;
    let choices = Choices {
        title: "For the board".to_owned(),
        parts: vec![Part::Summary, Part::Days, Part::Months],
        energy: Energy::Mwh,
        ..Choices::default()
    };
    let until = last.parse::<NaiveDate>().unwrap() + Days::new(1);
    let style = Style { dates: Dates::DayFirst, ..Style::default() };
    let new = NewReport { from: first.parse().unwrap(), until, style, choices };
    let (made, _) = services::reports::create(&portal.ctx, &owner, "cedar", &new).await.unwrap();
    let cookie = portal.cookie("owner@a.example").await;
    let page = format!("/f/cedar/reports/{}", made.id);
    let file = portal.send(Method::GET, &format!("{page}/csv"), "", &[("cookie", &cookie)]).await.body;
    let rows: Vec<Vec<&str>> = file
        .lines()
        .filter(|line| !line.starts_with('#') && line.contains(",MWh,"))
        .map(|line| line.split(',').collect())
        .collect();
    let sum: Decimal = rows.iter().map(|cells| cells[5].parse::<Decimal>().unwrap()).sum();
    assert_eq!(sum * Decimal::from(1_000), kwh, "{file}");
    let month: Decimal = file
        .lines()
        .filter(|line| line.starts_with("# Month:"))
        .map(|line| line.split(',').nth(6).unwrap().parse::<Decimal>().unwrap_or_default())
        .sum();
    assert!(month >= sum, "the months hold the range and what was seeded before: {file}");
    let day = new.from.format("%d/%m/%Y").to_string();
    assert_eq!(rows[0][2], day);
    let html = portal.send(Method::GET, &page, "", &[("cookie", &cookie)]).await.body;
    for text in ["For the board", "MWh", day.as_str(), "Month by month"] {
        assert!(html.contains(text), "{text}");
    }
    let token = token(portal, "owner@a.example", FIGURES).await;
    let (_, told) = get(portal, &format!("{REPORTS}/{}", made.id), &token).await;
    assert_eq!(decimal(&told["metrics"][0]["savings_value"]), kwh);
    assert_eq!(told["metrics"][0]["unit"], "kWh");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_way_tells_the_same_figures(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut portal = Portal::new(pool, connect).await;
    // 23, 25 and 24 hours, the last in UTC+13.
    agrees(&mut portal, Tz::America__Denver, &["2025-03-08", "2025-03-09", "2025-03-10"]).await;
    agrees(&mut portal, Tz::Europe__Berlin, &["2025-10-25", "2025-10-26"]).await;
    agrees(&mut portal, Tz::Pacific__Tongatapu, &["2025-12-30", "2025-12-31", "2026-01-01", "2026-01-02"])
        .await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn figures_come_in_pages_with_tags(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut portal = Portal::new(pool, connect).await;
    seeded(&mut portal, Tz::UTC, &["2025-06-01", "2025-06-02", "2025-06-03"]).await;
    let token = token(&portal, "owner@a.example", FIGURES).await;
    let range = "facility=cedar&from=2025-06-01&until=2025-06-04";
    let (mut days, mut next) = (vec![], String::new());
    loop {
        let (answer, page) = get(&portal, &format!("{PERFORMANCE}?{range}&limit=1{next}"), &token).await;
        assert!(answer.header(header::ETAG).starts_with("W/"));
        days.extend(
            page["performance"].as_array().unwrap().iter().map(|l| l["day"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(days, ["2025-06-01", "2025-06-02", "2025-06-03"]);
    let (_, page) = get(&portal, &format!("{PERFORMANCE}?{range}&state=live"), &token).await;
    assert_eq!(page["performance"].as_array().unwrap().len(), 0);
    let (_, empty) =
        get(&portal, &format!("{SAVINGS}?facility=cedar&from=2024-01-01&until=2024-02-01"), &token).await;
    assert_eq!((&empty["total"]["savings_value"], &empty["half_width"]), (&Value::Null, &Value::Null));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_report_stays_as_it_was_made(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut portal = Portal::new(pool, connect).await;
    seeded(&mut portal, Tz::UTC, &["2025-06-01", "2025-06-02"]).await;
    let own = token(&portal, "owner@a.example", FIGURES).await;
    let asked =
        json!({ "facility": "cedar", "from": "2025-06-01", "until": "2025-07-01", "paper": "letter" });
    let (made, report) = send(&portal, REPORTS, &asked, &own).await;
    assert_eq!(made.status, StatusCode::CREATED, "{report}");
    // The figures change; the report does not.
    seeded(&mut portal, Tz::UTC, &["2025-06-03"]).await;
    let one = made.header(header::LOCATION).to_owned();
    assert_eq!(get(&portal, &one, &own).await.1, report);
    let bearer = format!("Bearer {own}");
    let pdf = portal.raw(&format!("{one}/pdf"), &[("authorization", &bearer)]).await;
    assert!(pdf.starts_with(b"%PDF-"));
    use sha2::Digest as _;
    assert_eq!(hex::encode(sha2::Sha256::digest(&pdf)), report["pdf_sha256"].as_str().unwrap());
    let audited: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM audit_events WHERE action = 'report.made' AND detail::jsonb ->> 'pdf_sha256' = $1",
    )
    .bind(report["pdf_sha256"].as_str().unwrap())
    .fetch_one(&mut portal.owner)
    .await
    .unwrap();
    assert_eq!(audited, 1);

    let (_, list) = get(&portal, &format!("{REPORTS}?facility=cedar"), &own).await;
    assert_eq!(list["reports"][0]["id"], report["id"]);
    let stranger = token(&portal, "owner@b.example", FIGURES).await;
    for path in [one.clone(), format!("{one}/pdf"), format!("{REPORTS}?facility=cedar")] {
        let (answer, _) = get(&portal, &path, &stranger).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(send(&portal, REPORTS, &asked, &stranger).await.0.status, StatusCode::NOT_FOUND);
    assert_eq!(get(&portal, &format!("{one}/docx"), &own).await.0.status, StatusCode::NOT_FOUND);
    let wrong = json!({ "from": "1 May", "until": "", "paper": "a5", "delimiter": "dot" });
    let (answer, problem) = send(&portal, REPORTS, &wrong, &own).await;
    assert_eq!(
        (answer.status, problem["errors"].as_array().unwrap().len()),
        (StatusCode::UNPROCESSABLE_ENTITY, 5)
    );
    let before = json!({ "facility": "cedar", "from": "2020-01-01", "until": "2020-02-01" });
    let (answer, problem) = send(&portal, REPORTS, &before, &own).await;
    assert_eq!(
        (answer.status, &problem["errors"][0]["field"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &"from".into())
    );
    let reader = token(&portal, "owner@a.example", &[ApiScope::FiguresRead]).await;
    assert_eq!(send(&portal, REPORTS, &asked, &reader).await.0.status, StatusCode::FORBIDDEN);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn figures_are_refused_with_reasons(pool: PgPoolOptions, connect: PgConnectOptions) {
    let portal = Portal::new(pool, connect).await;
    let own = token(&portal, "owner@a.example", FIGURES).await;
    let other = token(&portal, "owner@a.example", &[ApiScope::BaselinesRead]).await;
    let stranger = token(&portal, "owner@b.example", FIGURES).await;
    for path in [SAVINGS, PERFORMANCE] {
        let one = format!("{path}?facility=cedar");
        assert_eq!(get(&portal, &one, &own).await.0.status, StatusCode::OK);
        assert_eq!(get(&portal, &one, "gs_none").await.0.status, StatusCode::UNAUTHORIZED);
        assert_eq!(get(&portal, &one, &other).await.0.status, StatusCode::FORBIDDEN);
        let (theirs, _) = get(&portal, &one, &stranger).await;
        assert_eq!(theirs.status, StatusCode::NOT_FOUND);
        assert!(!theirs.body.contains(SECRET));
        assert_eq!(
            get(&portal, &format!("{one}&facility=other"), &own).await.0.status,
            StatusCode::BAD_REQUEST
        );
        let wrong = format!("{path}?metric_type=light&from=1+May&until=2025-13-01&cursor=x&limit=0");
        let (answer, problem) = get(&portal, &wrong, &own).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let named = problem["errors"].as_array().unwrap().len();
        assert_eq!(named, 6, "{problem}");
        let long = format!("{one}&from=2020-01-01&until=2025-01-01");
        let (answer, problem) = get(&portal, &long, &own).await;
        assert_eq!(
            (answer.status, &problem["errors"][0]["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &"until".into())
        );
    }
    for wrong in
        ["granularity=year", "metric_type=yield", "granularity=quarter_hour&from=2025-01-01&until=2025-06-01"]
    {
        let (answer, _) = get(&portal, &format!("{SAVINGS}?facility=cedar&{wrong}"), &own).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    let (answer, _) = get(&portal, &format!("{PERFORMANCE}?facility=cedar&state=final"), &own).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}
