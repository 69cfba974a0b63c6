//! Baselines as the pages show them.

use super::steps::permission;
use crate::{Context, Error, Result};
use chrono::{DateTime, Utc};
use domain::access::{Permission, Principal, Scope};
use domain::baseline::view::{BaselineView, BaselinesView, Candidate, FitDay, NewerEngine};
use domain::baseline::{BaselineState, MetricType, Party, Step, transition};
use domain::id::BaselineId;
use domain::local_time::day_of;
use domain::range::Granularity;
use domain::utility::SeriesSummary;
use domain::utility::metered::factor;
use store::baselines::{self as stored, Baseline};
use store::facilities::{self, Facility};
use store::{Tx, points, rollups, utility};

/// Baselines of a facility, with what a new one can be fitted to.
///
/// # Errors
/// `NotFound` for a facility out of scope.
pub async fn list(ctx: &Context, caller: &Principal, facility: &str) -> Result<BaselinesView> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ViewFacility)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let baselines = stored::list(&mut tx, facility.id).await?;
    let data = span(&mut tx, &facility, ctx.clock.now()).await?;
    let series = utility::series_list(&mut tx, facility.id, None).await?;
    let series = series.into_iter().filter_map(|one| Some((counts(&one)?, one))).collect();
    Ok(BaselinesView {
        facility_slug: facility.slug,
        facility_name: facility.name,
        time_zone: facility.time_zone.name().to_owned(),
        baselines,
        data,
        series,
        may_fit: caller.may(Permission::ManageBaselines)
            && Party::of(caller, facility.organisation, facility.id).is_some_and(|p| p != Party::Verifier),
    })
}

/// The metric of which a series counts what was used.
fn counts(series: &SeriesSummary) -> Option<MetricType> {
    let metrics = [MetricType::Electricity, MetricType::Gas, MetricType::Water];
    metrics.into_iter().find(|metric| factor(*metric, series.commodity, series.unit, series.flow).is_some())
}

/// First and last local day with a row of readings.
async fn span(
    tx: &mut Tx<'_>,
    facility: &Facility,
    now: DateTime<Utc>,
) -> Result<Option<(chrono::NaiveDate, chrono::NaiveDate)>> {
    let mut gateways: Vec<_> =
        points::of_facility(tx, facility.id).await?.iter().map(|p| p.gateway).collect();
    gateways.dedup();
    let mut first = None;
    for gateway in gateways {
        let oldest = rollups::oldest(tx, gateway, Granularity::Day).await?;
        first = [first, oldest].into_iter().flatten().min();
    }
    let zone = facility.time_zone;
    Ok(first.map(|first| (day_of(zone, first), day_of(zone, now))))
}

/// One baseline with the days of the candidate of `method`; of the picked one, else the first, where that is empty.
///
/// # Errors
/// `NotFound` when it is out of scope.
pub async fn view(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    id: BaselineId,
    method: &str,
) -> Result<BaselineView> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ViewFacility)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let baseline = stored::get(&mut tx, facility.id, id).await?;
    let steps = stored::steps(&mut tx, id).await?;
    let series = match baseline.summary.series {
        Some(series) => utility::series_list(&mut tx, facility.id, Some(series)).await?,
        None => vec![],
    };
    drop(tx);
    let party = Party::of(caller, facility.organisation, facility.id);
    let wanted =
        if method.is_empty() { baseline.summary.method.as_deref().unwrap_or_default() } else { method };
    let shown = baseline.candidates.iter().position(|c| c.method == wanted).unwrap_or(0);
    let days = fit_days(&baseline, shown)?;
    let newer = newer(&baseline).await?;
    Ok(BaselineView {
        facility_slug: facility.slug,
        facility_name: facility.name,
        time_zone: facility.time_zone.name().to_owned(),
        may: may(caller, party, &baseline),
        may_choose: baseline.summary.state == BaselineState::Draft
            && caller.may(Permission::ManageBaselines)
            && party.is_some_and(|p| p != Party::Verifier),
        party,
        reason: baseline.reason,
        series_name: series.into_iter().next().map(|series| series.name),
        shown: u32::try_from(shown).unwrap_or(0),
        days,
        steps,
        engine: (baseline.engine_version, recompute::VERSION.to_owned()),
        newer,
        inputs_sha256: hex::encode(&baseline.inputs_sha256),
        candidates: baseline.candidates,
        summary: baseline.summary,
    })
}

/// Steps that the caller may take from here. Those of a verifier have a page of their own.
fn may(caller: &Principal, party: Option<Party>, baseline: &Baseline) -> Vec<Step> {
    let Some(party) = party else { return vec![] };
    let possible = |step: &Step| {
        *step != Step::Supersede
            && permission(*step) != Permission::VerifyBaselines
            && caller.may(permission(*step))
            && transition(baseline.summary.state, *step, party, baseline.submitted_by).is_ok()
            && (*step != Step::Submit || baseline.chosen().is_some_and(|c| c.model.is_some()))
    };
    Step::ALL.iter().copied().filter(possible).collect()
}

/// Fits the picked candidate anew where another engine runs than the one that is pinned.
async fn newer(baseline: &Baseline) -> Result<Option<NewerEngine>> {
    let Some(picked) = baseline.chosen().filter(|_| baseline.engine_version != recompute::VERSION) else {
        return Ok(None);
    };
    let (inputs, picked) = (baseline.inputs.clone(), picked.clone());
    let (split, metric) = (baseline.summary.effective_from, baseline.summary.metric_type);
    let work = move || -> Option<NewerEngine> {
        let days = recompute::days::read(&inputs).ok()?;
        let candidate = recompute::fit(&days, split, metric, &picked.method);
        let model = |c: &Candidate| recompute::Model::read(c.model.as_ref()?).ok();
        let (pinned, running) = (model(&picked)?, model(&candidate)?);
        let both = days
            .days
            .iter()
            .filter_map(|day| Some((pinned.predict(&days.names, day)?, running.predict(&days.names, day)?)));
        let expected = both.fold((0.0, 0.0), |sum, day| (sum.0 + day.0, sum.1 + day.1));
        Some(NewerEngine { candidate, expected })
    };
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}

fn fit_days(baseline: &Baseline, shown: usize) -> Result<Vec<FitDay>> {
    let days = recompute::days::read(&baseline.inputs).map_err(Error::internal)?;
    let model = baseline.candidates.get(shown).and_then(|c| c.model.as_ref());
    let model = model.map(recompute::Model::read).transpose().map_err(Error::internal)?;
    Ok(days
        .days
        .iter()
        .map(|day| FitDay {
            day: day.day,
            baseline: day.day < baseline.summary.period_end,
            observed: day.observed,
            predicted: model.as_ref().and_then(|model| model.predict(&days.names, day)),
            temperature_c: day.temperature_c,
        })
        .collect())
}

/// The frozen inputs of a baseline, as the file that `gainshare-mv savings --data` reads.
///
/// # Errors
/// `NotFound` when it is out of scope.
pub async fn inputs_csv(ctx: &Context, scope: &Scope, facility: &str, id: BaselineId) -> Result<String> {
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let baseline = stored::get(&mut tx, facility.id, id).await.map_err(Error::from)?;
    Ok(baseline.inputs)
}
