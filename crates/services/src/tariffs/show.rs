//! The tariff page: what counts, and what a month would have cost.

use crate::{Context, Result};
use chrono::{Datelike, Months, NaiveDate};
use domain::access::{Permission, Principal};
use domain::baseline::MetricType;
use domain::local_time::{day_of, day_start};
use domain::tariff::Tariff;
use domain::tariff::cost::{Avoided, Period};
use domain::tariff::terms::Terms;
use domain::tariff::view::{BillView, TariffView};
use store::facilities::{self, Facility};
use store::{Tx, baselines, savings, tariffs as stored};

/// Months that can be chosen.
const MONTHS: usize = 36;
/// Most months whose bills are added up.
const BILLS: usize = 12;
/// Terms to begin with where there are none.
const EXAMPLE: &str = include_str!("example.json");

/// The tariff that counts for a metric, and the bill of a month; of the last whole one with savings where none is asked for.
///
/// # Errors
/// `NotFound` for a facility out of scope.
pub async fn view(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    metric: MetricType,
    month: Option<NaiveDate>,
) -> Result<TariffView> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ViewFacility)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let today = day_of(facility.time_zone, ctx.clock.now());
    let months = months(&mut tx, &facility, metric, today).await?;
    let current = stored::current(&mut tx, facility.id, metric).await?;
    let bill = match &current {
        None => Err("Enter a tariff, and savings get a price.".to_owned()),
        Some(tariff) => {
            bill(&mut tx, &facility, metric, &months, (month, today), tariff.terms.clone()).await?
        }
    };
    let json = current.as_ref().and_then(|t| serde_json::to_string_pretty(&t.terms).ok());
    let example =
        || EXAMPLE.replace("America/Denver", facility.time_zone.name()).replace("USD", &facility.currency);
    Ok(TariffView {
        metric_type: metric,
        tariff: current.map(|t| (t.terms, t.created_by, t.created_at)),
        months,
        bill,
        json: json.unwrap_or_else(example),
        may_set: caller.may(Permission::ManageBaselines),
        time_zone: facility.time_zone.name().to_owned(),
        facility_slug: facility.slug,
        facility_name: facility.name,
    })
}

/// Months since savings count, newest first.
async fn months(
    tx: &mut Tx<'_>,
    facility: &Facility,
    metric: MetricType,
    today: NaiveDate,
) -> Result<Vec<NaiveDate>> {
    let Some(baseline) = baselines::active(tx, facility.id, metric).await? else { return Ok(vec![]) };
    let first = Period::month_of(baseline.summary.effective_from).from;
    let newest = Period::month_of(today).from;
    let before = |n: u32| newest.checked_sub_months(Months::new(n));
    Ok((0..).map_while(before).take_while(|month| *month >= first).take(MONTHS).collect())
}

/// The bills of whole calendar months, [from, until); none where these days are not such. A sentence where they cannot be told.
pub(crate) async fn bills(
    tx: &mut Tx<'_>,
    facility: &Facility,
    metric: MetricType,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<Option<std::result::Result<Vec<BillView>, String>>> {
    if from.day() != 1 || until.day() != 1 {
        return Ok(None);
    }
    let months = std::iter::successors(Some(from), |month| month.checked_add_months(Months::new(1)));
    let months: Vec<NaiveDate> = months.take_while(|month| *month < until).take(BILLS + 1).collect();
    if months.len() > BILLS {
        return Ok(Some(Err(format!("Choose at most {BILLS} months to see their bills."))));
    }
    let Some(tariff) = stored::current(tx, facility.id, metric).await? else {
        return Ok(Some(Err("There is no tariff, so there is no bill.".to_owned())));
    };
    let mut bills = Vec::new();
    for month in months {
        match month_of(tx, facility, metric, (month, tariff.terms.clone())).await? {
            Ok(bill) => bills.push(bill),
            Err(reason) => return Ok(Some(Err(reason))),
        }
    }
    Ok(Some(Ok(bills)))
}

async fn bill(
    tx: &mut Tx<'_>,
    facility: &Facility,
    metric: MetricType,
    months: &[NaiveDate],
    (asked, today): (Option<NaiveDate>, NaiveDate),
    terms: Terms,
) -> Result<std::result::Result<BillView, String>> {
    let asked = asked.map(|day| Period::month_of(day).from).filter(|month| months.contains(month));
    let whole = months.iter().copied().find(|month| Period::month_of(*month).to <= today);
    let Some(month) = asked.or(whole).or(months.first().copied()) else {
        return Ok(Err(
            "Savings start after a baseline is active; bills are compared from then on.".to_owned()
        ));
    };
    month_of(tx, facility, metric, (month, terms)).await
}

/// The bill of one calendar month by these terms.
async fn month_of(
    tx: &mut Tx<'_>,
    facility: &Facility,
    metric: MetricType,
    (month, terms): (NaiveDate, Terms),
) -> Result<std::result::Result<BillView, String>> {
    let Ok(tariff) = Tariff::new(terms) else {
        return Ok(Err("The tariff cannot be read any more. Enter it again.".to_owned()));
    };
    let period = Period::month_of(month);
    let intervals = savings::intervals(tx, facility.id, metric, (period.from, period.to)).await?;
    let both = |i: &domain::savings::SavingsInterval| {
        Some(Avoided { start: i.start, counterfactual: i.counterfactual?, actual: i.actual? })
    };
    let quarters: Vec<Avoided> = intervals.iter().filter_map(both).collect();
    if quarters.is_empty() {
        return Ok(Err(format!("No quarter hour of {} has both values.", month.format("%B %Y"))));
    }
    let zone = facility.time_zone;
    let all = (day_start(zone, period.to) - day_start(zone, period.from)).num_minutes() / 15;
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Ok(tariff
        .avoided_cost(period, &quarters)
        .map_err(|error| format!("This month cannot be priced: {error}."))
        .map(|cost| BillView {
            month,
            quarters: (count(quarters.len()), u32::try_from(all).unwrap_or(0)),
            cost,
        }))
}
