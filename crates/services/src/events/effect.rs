//! What agreed events add to the savings of a range.

use domain::events::Event;
use domain::events::view::Effect;
use domain::savings::Performance;
use rust_decimal::Decimal;

/// Agreed events with a day that has savings. A day that is measured in part counts in part, as its savings do.
pub(crate) fn effects(events: &[Event], performance: &[Performance]) -> Vec<Effect> {
    let effect = |event: &Event| {
        let (days, figures) = (event.adjusts()?, event.figures.as_ref()?);
        let counted = performance.iter().filter(|p| {
            p.metric_type == event.metric_type && p.savings_value.is_some() && days.contains(&p.day)
        });
        let share = |p: &Performance| Decimal::from_f64_retain(p.coverage).unwrap_or_default().round_dp(4);
        let days: Decimal = counted.map(share).sum();
        (days > Decimal::ZERO).then(|| Effect {
            event: event.id,
            title: event.title.clone(),
            metric_type: event.metric_type,
            days: days.normalize(),
            amount: (figures.per_day * days).round_dp(3),
            half_width: (figures.half_width * days).round_dp(3),
        })
    };
    events.iter().filter_map(effect).collect()
}
