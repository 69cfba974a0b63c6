//! Rules as sentences, for pages and mails.

use domain::alerts::{Kind, NewRule};
use domain::id::PointId;
use domain::point::Kind as PointKind;
use store::points::Point;
use store::zones::Zone;

/// Names and units of what rules are about.
pub(super) struct Named {
    facility: String,
    points: Vec<(PointId, String, String, bool)>,
}

impl Named {
    pub(super) fn new(facility: &str, points: Vec<Point>, rooms: Vec<Zone>) -> Self {
        let one = |point: Point| {
            let room = rooms.iter().find(|room| Some(room.id) == point.zone);
            let room = room.map_or_else(String::new, |room| format!("{}: ", room.spec.name));
            let value = point.spec.kind == PointKind::Gauge && point.retired_at.is_none();
            (point.id, format!("{room}{}", point.spec.name), point.spec.metric.unit().to_owned(), value)
        };
        Self { facility: facility.to_owned(), points: points.into_iter().map(one).collect() }
    }

    /// Name and unit of a rule's subject.
    pub(super) fn of(&self, new: &NewRule) -> (&str, &str) {
        match new.point {
            None if new.kind.days_of_savings().is_some() => (&self.facility, "%"),
            None => (&self.facility, ""),
            Some(id) => self
                .points
                .iter()
                .find(|one| one.0 == id)
                .map_or(("a point that is gone", ""), |one| (&one.1, &one.2)),
        }
    }

    /// Points whose value a rule can be about; silence can be about any of them.
    pub(super) fn points(&self) -> Vec<(PointId, String, String)> {
        self.points
            .iter()
            .filter(|one| one.3)
            .map(|(id, name, unit, _)| (*id, name.clone(), unit.clone()))
            .collect()
    }
}

/// `Room 1: Temperature is above 30 °C for 10 min`.
pub(super) fn says(new: &NewRule, subject: &str, unit: &str) -> String {
    let minutes = new.minutes;
    match (new.kind, new.point, new.threshold) {
        (Kind::Silent, None, _) => format!("{subject} sends nothing at all for {minutes} min"),
        (Kind::Silent, ..) => format!("{subject} sends nothing for {minutes} min"),
        (kind, _, limit) => {
            let limit = limit.map(|limit| limit.normalize().to_string()).unwrap_or_default();
            let of = match kind.days_of_savings() {
                Some(_) => "of what its electricity baseline expects".to_owned(),
                None => format!("for {minutes} min"),
            };
            format!("{subject} {} {limit} {unit} {of}", kind.label())
        }
    }
}
