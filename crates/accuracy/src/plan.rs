//! What grows where on which day: crop cycles staggered over rooms, with the unevenness of real growing.

use crate::case::Case;
use crate::random::Draw;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Veg,
    Flower,
}

/// What a room is used for, and its recipe at full light.
pub(crate) struct Room {
    /// Canopy when full, m².
    pub(crate) canopy: f64,
    /// The stage of a dedicated room; a bay of a greenhouse goes through both.
    pub(crate) stage: Option<Stage>,
    /// µmol/m²/s at full recipe; in a greenhouse the mol/m²/day that sun and lamps shall give together.
    pub(crate) light: f64,
    /// When the lamps go on, hours of the wall clock.
    pub(crate) lights_on: f64,
    /// Days of a cycle without the changeover.
    pub(crate) cycle: usize,
}

/// The crop of a room on one day.
#[derive(Clone, Copy)]
pub(crate) struct Crop {
    pub(crate) stage: Stage,
    /// Days since it came into the room.
    pub(crate) age: f64,
    /// Share of its time in the room that is over.
    pub(crate) progress: f64,
    /// Planted area, m².
    pub(crate) canopy: f64,
    /// µmol/m²/s, or mol/m²/day in a greenhouse.
    pub(crate) light: f64,
    /// Hours of light a day (in a greenhouse, in which lamps may be on).
    pub(crate) hours: f64,
    /// How far this cycle's grower keeps the air from the usual setpoint, K.
    pub(crate) warmer: f64,
}

/// The days that matter, counted from the first simulated one.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub(crate) reporting: usize,
    pub(crate) end: usize,
}

pub(crate) type Schedule = Vec<Option<Crop>>;

/// How carefully this grower works.
pub(crate) struct Habits {
    recipe_spread: f64,
    late: f64,
    half_full: f64,
}

impl Habits {
    pub(crate) fn draw(draw: &mut Draw) -> Self {
        Self {
            recipe_spread: draw.uniform(0.02, 0.05),
            late: draw.uniform(0.08, 0.22),
            half_full: draw.uniform(0.03, 0.12),
        }
    }
}

/// Draws the crops of one room over all days; it begins somewhere within a cycle.
pub(crate) fn schedule(
    room: &Room,
    habits: &Habits,
    start_at: f64,
    days: usize,
    draw: &mut Draw,
) -> Schedule {
    let mut schedule = Vec::with_capacity(days + room.cycle);
    // The cycle under way on the first day.
    let mut skip = (start_at * room.cycle as f64).floor();
    while schedule.len() < days {
        let length = room.cycle + draw.whole(0, 4) - 2;
        let fill = if draw.chance(habits.half_full) {
            draw.uniform(0.4, 0.75)
        } else {
            1.0 - draw.uniform(0.0, 0.06)
        };
        let recipe = room.light * (1.0 + habits.recipe_spread * draw.normal());
        let warmer = 0.6 * draw.normal();
        for age in 0..length {
            if skip > 0.0 {
                skip -= 1.0;
                continue;
            }
            let (age, progress) = (age as f64, age as f64 / length as f64);
            let stage = room.stage.unwrap_or(if age < 21.0 { Stage::Veg } else { Stage::Flower });
            let light = recipe * step_up(room.stage, age, progress);
            let hours = match (room.stage, stage) {
                (Some(Stage::Flower), _) => 12.0,
                (Some(Stage::Veg), _) => 18.0,
                (None, Stage::Veg) => 17.0,
                (None, Stage::Flower) => 13.0,
            };
            schedule.push(Some(Crop {
                stage,
                age,
                progress,
                canopy: room.canopy * fill,
                light,
                hours,
                warmer,
            }));
        }
        let late = if draw.chance(habits.late) { draw.whole(3, 10) } else { 0 };
        let empty = if room.stage == Some(Stage::Veg) { 1 } else { draw.whole(2, 5) };
        schedule.extend(std::iter::repeat_n(None, empty + late));
    }
    schedule.truncate(days);
    schedule
}

/// Young plants get less light, and ripening ones a little less.
fn step_up(stage: Option<Stage>, age: f64, progress: f64) -> f64 {
    match stage {
        Some(Stage::Flower) if age < 7.0 => 0.65,
        Some(Stage::Flower) if age < 14.0 => 0.85,
        Some(Stage::Flower) if progress > 0.88 => 0.85,
        Some(Stage::Veg) => 0.7 + 0.3 * (age / 12.0).min(1.0),
        None if age < 14.0 => 0.75,
        _ => 1.0,
    }
}

/// Changes the crops of the reporting period as the case tells. The last room is the one that may be new or idle.
pub(crate) fn apply(case: Case, denser: bool, span: Span, rooms: &mut [Schedule], draw: &mut Draw) {
    match case {
        Case::MoreCanopy if denser => {
            for crop in rooms.iter_mut().flat_map(|room| room[span.reporting..].iter_mut().flatten()) {
                crop.canopy *= 1.25;
            }
        }
        Case::MoreCanopy => {
            if let Some(new) = rooms.last_mut() {
                new[..span.reporting].fill(None);
            }
        }
        Case::MoreLight => {
            for crop in rooms.iter_mut().flat_map(|room| room[span.reporting..].iter_mut().flatten()) {
                crop.light *= 1.2;
            }
        }
        Case::IdleRoom => {
            let from = span.reporting + draw.whole(0, span.end - span.reporting - 183);
            if let Some(idle) = rooms.last_mut() {
                idle[from..from + 183].fill(None);
            }
        }
        Case::SameProduction | Case::ExtraLoad | Case::Greenhouse | Case::Placebo => {}
    }
}
