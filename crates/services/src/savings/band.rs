//! How sure the savings of a range are, and the baseline of each of its days.

use crate::baselines::inputs;
use crate::{Error, Result};
use chrono::NaiveDate;
use domain::baseline::MetricType;
use domain::savings::Performance;
use domain::savings::dashboard::DayBand;
use domain::savings::view::Band;
use mv::uncertainty::hac::ErrorModel;
use recompute::{Day, Model};
use std::collections::BTreeMap;
use std::ops::Range;
use store::facilities::Facility;
use store::{Tx, baselines as stored};

/// Of every stated interval.
const CONFIDENCE: f64 = 0.9;

/// The active baseline's errors (Newey–West) under the conditions of days.
pub(super) struct Errors {
    model: ErrorModel,
    /// What the model is evaluated at, and how much of the day counts.
    days: BTreeMap<NaiveDate, (Vec<f64>, f64)>,
}

impl Errors {
    /// For the days with savings of one metric. A day that is measured in part counts in part. None where another baseline
    /// has a part in them, or the baseline's errors are not known.
    pub(super) async fn load(
        tx: &mut Tx<'_>,
        facility: &Facility,
        range: Range<NaiveDate>,
        metric: MetricType,
        performance: &[Performance],
    ) -> Result<Option<Self>> {
        let counted: Vec<&Performance> =
            performance.iter().filter(|p| p.metric_type == metric && p.savings_value.is_some()).collect();
        let Some(baseline) = stored::active(tx, facility.id, metric).await? else { return Ok(None) };
        if counted.iter().any(|p| p.baseline != Some(baseline.summary.id)) {
            return Ok(None);
        }
        let chosen = baseline.chosen().and_then(|candidate| candidate.model.as_ref());
        let Some(chosen) = chosen else { return Ok(None) };
        let model = Model::read(chosen).map_err(Error::internal)?;
        let fitted = recompute::days::read(&baseline.inputs).map_err(Error::internal)?;
        let errors = model.errors(&fitted, baseline.summary.effective_from);
        let Some(errors) = errors else { return Ok(None) };
        let (weather, plan) = inputs::conditions(tx, facility, range.clone()).await?;
        let days = inputs::join(range, facility.kind, metric, &[], weather, plan);
        let by_day: BTreeMap<NaiveDate, &Day> = days.days.iter().map(|day| (day.day, day)).collect();
        let known = counted.iter().filter_map(|p| {
            let variables = model.variables(&days.names, by_day.get(&p.day)?)?;
            Some((p.day, (variables, p.coverage)))
        });
        Ok(Some(Self { days: known.collect(), model: errors }))
    }

    /// The interval of the sum of all days.
    pub(super) fn of_range(&self) -> Option<Band> {
        let (mut sums, mut periods): (Vec<f64>, f64) = (Vec::new(), 0.0);
        for (variables, share) in self.days.values() {
            sums.resize(variables.len(), 0.0);
            sums.iter_mut().zip(variables).for_each(|(sum, value)| *sum += value * share);
            periods += share;
        }
        let half_width = self.model.band(&sums, periods, CONFIDENCE)?;
        Some(Band { half_width, confidence: CONFIDENCE })
    }

    /// The interval of one day.
    pub(super) fn of_day(&self, day: NaiveDate) -> Option<DayBand> {
        let (variables, share) = self.days.get(&day)?;
        let sums: Vec<f64> = variables.iter().map(|value| value * share).collect();
        let band = |confidence| self.model.band(&sums, *share, confidence);
        Some(DayBand { eighty: band(0.8)?, ninety_five: band(0.95)? })
    }
}

/// The interval of each metric's savings over the days of `range`.
pub(super) async fn of(
    tx: &mut Tx<'_>,
    facility: &Facility,
    range: Range<NaiveDate>,
    performance: &[Performance],
) -> Result<Vec<(MetricType, Band)>> {
    let mut bands = Vec::new();
    for metric in [MetricType::Electricity, MetricType::Gas, MetricType::Water] {
        let errors = Errors::load(tx, facility, range.clone(), metric, performance).await?;
        bands.extend(errors.and_then(|errors| errors.of_range()).map(|band| (metric, band)));
    }
    Ok(bands)
}
