//! Through which envelope everything of a boot is committed.

use super::known::Gateways;
use chrono::{DateTime, Utc};
use domain::gateway_map::Watermark;
use domain::id::GatewayId;
use std::collections::{BTreeMap, BTreeSet};
use store::envelopes;
use store::watermarks::{Mark, of_boots, raise};

/// Raises the watermarks of the boots named, whose envelopes are all in the database by now, and returns where
/// they stand. A gap stops a watermark; what lies behind the gap is found again when it closes.
pub(super) async fn advance(
    tx: &mut store::Tx<'_>,
    known: &Gateways,
    names: &BTreeSet<(GatewayId, i64, i64)>,
    at: DateTime<Utc>,
) -> store::Result<Vec<(GatewayId, Watermark)>> {
    let boots: BTreeSet<(GatewayId, i64)> = names.iter().map(|n| (n.0, n.1)).collect();
    let boots: Vec<_> = boots.into_iter().collect();
    let mut marks: BTreeMap<(GatewayId, i64), i64> = boots.iter().map(|&boot| (boot, 0)).collect();
    marks.extend(of_boots(tx, &boots).await?.into_iter().map(|(gateway, boot, seq)| ((gateway, boot), seq)));
    let before = marks.clone();
    for &(gateway, boot, seq) in names {
        if let Some(mark) = marks.get_mut(&(gateway, boot)).filter(|mark| **mark + 1 == seq) {
            *mark = seq;
        }
    }
    let raised: Vec<_> =
        marks.iter().filter(|(boot, seq)| before[boot] < **seq).map(|(b, s)| (b.0, b.1, s + 1)).collect();
    if !raised.is_empty() {
        for (gateway, boot, _) in envelopes::committed(tx, &raised).await? {
            if let Some(mark) = marks.get_mut(&(gateway, boot)) {
                *mark = close_gap(tx, gateway, boot, *mark).await?;
            }
        }
    }
    let changed: Vec<Mark> = marks
        .iter()
        .filter(|(boot, seq)| before[boot] < **seq)
        .filter_map(|(&(gateway, boot), &seq)| {
            let sender = &known.get(&gateway)?.sender;
            Some(Mark { gateway, organisation: sender.organisation, facility: sender.facility, boot, seq })
        })
        .collect();
    if !changed.is_empty() {
        raise(tx, &changed, at).await?;
    }
    let mark = |((gateway, boot), seq): ((GatewayId, i64), i64)| {
        (gateway, Watermark { boot: boot.cast_unsigned(), seq: seq.cast_unsigned() })
    };
    Ok(marks.into_iter().map(mark).collect())
}

/// The last number without a hole before it.
async fn close_gap(
    tx: &mut store::Tx<'_>,
    gateway: GatewayId,
    boot: i64,
    mut mark: i64,
) -> store::Result<i64> {
    loop {
        let later = envelopes::committed_after(tx, gateway, boot, mark).await?;
        let start = mark;
        for seq in later {
            if seq != mark + 1 {
                return Ok(mark);
            }
            mark = seq;
        }
        if mark == start {
            return Ok(mark);
        }
    }
}
