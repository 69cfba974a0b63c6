//! The running quarter hour on the chart: frames carry on from where the server left off, and its figures count once they are there.

use crate::live::Live;
use chrono::DateTime;
use domain::savings::running::{Register, Running};
use leptos::prelude::*;

/// Follows the main meters while the page is live.
pub(super) fn followed(live: Live, first: Option<Running>) -> RwSignal<Option<Running>> {
    let points = first.as_ref().map(Running::points).unwrap_or_default();
    let running = RwSignal::new(first);
    for id in points {
        let newest = live.point(id);
        Effect::new(move |_| {
            let register = newest.with(|point| {
                let point = point.as_ref()?;
                Some(Register { at: DateTime::from_timestamp_millis(point.at_ms)?, value: point.value()? })
            });
            if let Some(register) = register {
                running.update(|running| {
                    if let Some(running) = running {
                        running.observe(id, register);
                    }
                });
            }
        });
    }
    running
}
