//! How sure the savings of a range are.

use crate::baselines::inputs;
use crate::{Error, Result};
use chrono::NaiveDate;
use domain::baseline::MetricType;
use domain::savings::Performance;
use domain::savings::view::Band;
use recompute::{Day, Model};
use std::collections::BTreeMap;
use std::ops::Range;
use store::facilities::Facility;
use store::{Tx, baselines as stored};

/// Of every stated interval.
const CONFIDENCE: f64 = 0.9;

/// The interval of each metric's savings over the days of `range`, by the active baseline's errors (Newey–West) and the
/// conditions of these days. A day that is measured in part counts in part. None where another baseline has a part in it.
pub(super) async fn of(
    tx: &mut Tx<'_>,
    facility: &Facility,
    range: Range<NaiveDate>,
    performance: &[Performance],
) -> Result<Vec<(MetricType, Band)>> {
    let (weather, plan) = inputs::conditions(tx, facility, range.clone()).await?;
    let mut bands = Vec::new();
    for metric in [MetricType::Electricity, MetricType::Gas, MetricType::Water] {
        let counted: Vec<&Performance> =
            performance.iter().filter(|p| p.metric_type == metric && p.savings_value.is_some()).collect();
        let Some(baseline) = stored::active(tx, facility.id, metric).await? else { continue };
        if counted.iter().any(|p| p.baseline != Some(baseline.summary.id)) {
            continue;
        }
        let Some(model) = baseline.chosen().and_then(|candidate| candidate.model.as_ref()) else { continue };
        let model = Model::read(model).map_err(Error::internal)?;
        let fitted = recompute::days::read(&baseline.inputs).map_err(Error::internal)?;
        let Some(errors) = model.errors(&fitted, baseline.summary.effective_from) else { continue };
        let days = inputs::join(range.clone(), facility.kind, metric, &[], weather.clone(), plan.clone());
        let by_day: BTreeMap<NaiveDate, &Day> = days.days.iter().map(|day| (day.day, day)).collect();
        let known = counted.iter().filter_map(|p| {
            let variables = model.variables(&days.names, by_day.get(&p.day)?)?;
            Some((variables, p.coverage))
        });
        let (mut sums, mut periods): (Vec<f64>, f64) = (Vec::new(), 0.0);
        for (variables, share) in known {
            sums.resize(variables.len(), 0.0);
            sums.iter_mut().zip(&variables).for_each(|(sum, value)| *sum += value * share);
            periods += share;
        }
        let half_width = errors.band(&sums, periods, CONFIDENCE);
        bands.extend(half_width.map(|half_width| (metric, Band { half_width, confidence: CONFIDENCE })));
    }
    Ok(bands)
}
