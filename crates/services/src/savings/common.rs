//! How much of the error of savings is the same at all facilities: measured where there was no measure, else assumed.

use crate::{Error, Result};
use chrono::NaiveDate;
use domain::baseline::MetricType;
use domain::id::FacilityId;
use domain::savings::portfolio::Common;
use recompute::Model;
use std::collections::{BTreeMap, BTreeSet};
use store::{Tx, baselines};

/// Calendar months that facilities need in common: with fewer a correlation is chance.
const MONTHS_MIN: usize = 9;

/// Errors of months left out of a fit, by their first day.
pub(super) type LeftOut = BTreeMap<NaiveDate, f64>;

/// Those of the facility's active baseline, from its frozen rows and the pinned model; none where nothing was fitted.
pub(super) async fn left_out(tx: &mut Tx<'_>, facility: FacilityId, metric: MetricType) -> Result<LeftOut> {
    let Some(baseline) = baselines::active(tx, facility, metric).await? else { return Ok(LeftOut::new()) };
    let Some(model) = baseline.chosen().and_then(|c| c.model.as_ref()) else { return Ok(LeftOut::new()) };
    let model = Model::read(model).map_err(Error::internal)?;
    let days = recompute::days::read(&baseline.inputs).map_err(Error::internal)?;
    Ok(model.left_out_months(&days, baseline.summary.period_end))
}

/// The common share of the variance. Facilities with too few months have no say; months that not all of the others know are
/// not looked at.
pub(super) fn common(facilities: &[LeftOut]) -> Common {
    let known: Vec<&LeftOut> = facilities.iter().filter(|months| months.len() >= MONTHS_MIN).collect();
    let all = known.iter().map(|months| months.keys().copied().collect::<BTreeSet<NaiveDate>>());
    let shared = all.reduce(|a, b| &a & &b).unwrap_or_default();
    if known.len() < 2 || shared.len() < MONTHS_MIN {
        return Common::ASSUMED;
    }
    let of = |months: &&LeftOut| shared.iter().filter_map(|month| months.get(month).copied()).collect();
    let errors: Vec<Vec<f64>> = known.iter().map(of).collect();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    match mv::portfolio::common_share(&errors) {
        Some(share) => Common { share, measured: Some((count(known.len()), count(shared.len()))) },
        None => Common::ASSUMED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(from: u32, errors: &[f64]) -> LeftOut {
        let month =
            |n: u32| NaiveDate::from_ymd_opt(2025 + i32::try_from(n / 12).unwrap(), n % 12 + 1, 1).unwrap();
        (from..).map(month).zip(errors.iter().copied()).collect()
    }

    /// By hand: y = 2x has a correlation of 1; its mirror image −1, which is no common error at all.
    #[test]
    fn the_share_is_measured_over_months_in_common() {
        let x: Vec<f64> = (0..12).map(|n| f64::from(n * 7 % 12)).collect();
        let (twice, mirrored): (Vec<f64>, Vec<f64>) = x.iter().map(|v| (2.0 * v, -v)).unzip();
        let alike = common(&[months(0, &x), months(0, &twice), months(0, &x[..3])]);
        assert!((alike.share - 1.0).abs() < 1e-12 && alike.measured == Some((2, 12)), "{alike:?}");
        let apart = common(&[months(0, &x), months(0, &mirrored)]);
        assert_eq!((apart.share, apart.measured), (0.0, Some((2, 12))));
        // Three months later: nine are in common, and they are not the same ones any more.
        let later = common(&[months(0, &x), months(3, &x[3..])]);
        assert!((later.share - 1.0).abs() < 1e-12 && later.measured == Some((2, 9)), "{later:?}");
    }

    #[test]
    fn too_little_is_assumed_to_be_half() {
        let x: Vec<f64> = (0..12).map(f64::from).collect();
        for few in [
            vec![],
            vec![months(0, &x)],
            vec![months(0, &x), months(0, &x[..8])],
            vec![months(0, &x), months(4, &x)],
            vec![months(0, &x), months(0, &[0.0; 12])],
        ] {
            assert_eq!(common(&few), Common::ASSUMED, "{few:?}");
        }
    }
}
