//! Non-routine events quantified: what an event added to the reporting period's use, how sure that is, and savings with
//! it taken out (IPMVP application guide on non-routine events and adjustments, 2020).
//!
//! Sign: an event that raised use has positive kWh, and taking it out raises savings. Every event adds its variance to
//! that of savings. What is quantified how is agreed between the parties; nothing here decides that there was an event.

mod quantify;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::assess::{Settings, known};
use crate::assessment::{Assessment, Interval};
use crate::series::Series;
use crate::stats;

/// How an event is quantified, in order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum Basis {
    /// A sub-meter measured it: kWh per day, ± the meter's error at the confidence of the interval.
    SubMeter {
        /// Mean above usual, meter units per day.
        kwh_per_day: f64,
        /// Half-width, meter units per day.
        uncertainty: f64,
    },
    /// A variable that is 1 during the event, fitted to both periods with the baseline model's variables. The measure may
    /// change every coefficient; over less than half a year of reporting, an amount and a share of them all.
    Indicator,
    /// An engineering estimate, with its uncertainty.
    Estimate {
        /// Mean above usual, meter units per day.
        kwh_per_day: f64,
        /// Half-width, meter units per day; more than 0.
        uncertainty: f64,
    },
    /// The event's days are left out, and count as the other reporting days would have had them: by the model's variables
    /// fitted to those, over less than half a year in proportion to the counterfactual.
    Exclusion,
}

impl Basis {
    /// Name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::SubMeter { .. } => "sub_meter",
            Self::Indicator => "indicator",
            Self::Estimate { .. } => "estimate",
            Self::Exclusion => "exclusion",
        }
    }
}

/// An event that both parties have agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// First day.
    pub start: NaiveDate,
    /// Last day.
    pub end: NaiveDate,
    /// How it is quantified.
    #[serde(flatten)]
    pub basis: Basis,
}

/// An event with what it comes to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Adjustment {
    /// First day.
    pub start: NaiveDate,
    /// Last day.
    pub end: NaiveDate,
    /// [`Basis::name`].
    pub method: &'static str,
    /// Days of it that savings were counted on.
    pub days: usize,
    /// Mean above usual, meter units per day; for an exclusion above what the other days expect.
    pub kwh_per_day: f64,
    /// Added to savings, meter units.
    pub kwh: f64,
    /// Half-width of `kwh` at the confidence of the interval.
    pub uncertainty: f64,
}

/// Why events cannot be taken out.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AdjustError {
    /// Only daily methods keep a model to refit.
    #[error("events are only quantified for caltrack-daily and cea-daily with a fitted model and savings")]
    NoModel,
    /// Days that are not there.
    #[error("the event from {0} has no day on which savings were counted: check its dates")]
    NoDays(NaiveDate),
    /// Two events at once.
    #[error("the event from {0} overlaps another one: join them")]
    Overlap(NaiveDate),
    /// Ends before it starts.
    #[error("the event from {0} ends before it starts")]
    Backwards(NaiveDate),
    /// A number that is not one.
    #[error(
        "the event from {0} needs kWh per day and an uncertainty that is not negative; an estimate is never certain"
    )]
    Uncertainty(NaiveDate),
    /// The indicator explains nothing that the others do not.
    #[error(
        "the event from {0} cannot be told apart from the rest by an indicator: it covers too much of the period"
    )]
    NotIdentified(NaiveDate),
}

/// Takes events out of an assessment's savings: sets `nre_removed`, net savings and a wider interval.
///
/// # Errors
/// Names the event that cannot be quantified; the assessment is unchanged then.
pub fn adjust(
    assessment: &mut Assessment,
    series: &Series,
    settings: &Settings,
    events: &[Event],
) -> Result<Vec<Adjustment>, AdjustError> {
    check(events)?;
    let model = assessment.predictor.as_ref().ok_or(AdjustError::NoModel)?;
    let (Some(gross), Some(expected)) = (assessment.savings, assessment.counterfactual_reporting) else {
        return Err(AdjustError::NoModel);
    };
    let adjustments = quantify::quantify(&known::days(series, settings.fuel, model), settings, events)?;
    let net = gross + stats::sum(adjustments.iter().map(|a| a.kwh));
    if let Some(interval) = &assessment.interval {
        let band = 0.5 * (interval.high - interval.low);
        let squares = stats::sum(adjustments.iter().map(|a| a.uncertainty * a.uncertainty));
        let band = (band * band + squares).sqrt();
        assessment.interval = Some(Interval { low: net - band, high: net + band, ..interval.clone() });
    }
    assessment.savings = Some(net);
    assessment.savings_fraction = Some(net / expected).filter(|v| v.is_finite());
    assessment.set_fsu(assessment.fsu_band);
    assessment.nre_removed = !adjustments.is_empty();
    Ok(adjustments)
}

fn check(events: &[Event]) -> Result<(), AdjustError> {
    for (index, event) in events.iter().enumerate() {
        if event.end < event.start {
            return Err(AdjustError::Backwards(event.start));
        }
        if events[..index].iter().any(|other| event.start <= other.end && other.start <= event.end) {
            return Err(AdjustError::Overlap(event.start));
        }
        let sound = match event.basis {
            Basis::SubMeter { kwh_per_day, uncertainty } => kwh_per_day.is_finite() && uncertainty >= 0.0,
            Basis::Estimate { kwh_per_day, uncertainty } => kwh_per_day.is_finite() && uncertainty > 0.0,
            Basis::Indicator | Basis::Exclusion => true,
        };
        if !sound {
            return Err(AdjustError::Uncertainty(event.start));
        }
    }
    Ok(())
}
