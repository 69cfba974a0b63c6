//! A facility drawn from a seed, run twice through the same weather and crops: with its old equipment throughout, and
//! with the new from the installation on.

use crate::calendar::Zone;
use crate::case::Case;
use crate::equipment::Equipment;
use crate::glass::{self, Glass};
use crate::plan::{self, Habits, Room, Schedule, Span, Stage};
use crate::random::Draw;
use crate::room::{self, Shell};
use crate::weather::{CLIMATES, Weather};

/// Streams of draws by purpose.
const BUILDING: u64 = 0;
const WEATHER: u64 = 1 << 8;
const CROPS: u64 = 2 << 8;
const STAFF: u64 = 3 << 8;

/// Days simulated before the baseline begins, so that rooms are in their rhythm.
const WARM_UP: usize = 21;

enum Building {
    Closed(Shell),
    Glass(Glass),
}

/// Everything that does not change from step to step.
pub(crate) struct Facility {
    pub(crate) zone: Zone,
    /// Day number of the first simulated day.
    pub(crate) first: i32,
    pub(crate) baseline: usize,
    /// The day on which the new equipment takes over; baseline data end here.
    pub(crate) installation: usize,
    pub(crate) span: Span,
    pub(crate) rooms: Vec<Room>,
    pub(crate) schedules: Vec<Schedule>,
    /// The first day on which each room exists.
    opens: Vec<usize>,
    building: Building,
    pub(crate) weather: Weather,
    old: Equipment,
    new: Equipment,
    /// How much denser the rooms are planted from the reporting period on.
    wider: f64,
    other: Other,
}

/// Loads that no retrofit touches.
struct Other {
    /// kW all the time.
    base: f64,
    /// kW in office hours, and per kelvin of heating or cooling.
    office: f64,
    office_per_kelvin: f64,
    /// kWh per m² of canopy and day: pumps, mixing, ventilators of the benches.
    per_canopy: f64,
    /// kWh per m² harvested and day while a harvest dries.
    drying: f64,
    /// Days around the mean by which people use more or less, kWh each day.
    people: Vec<f64>,
}

impl Facility {
    pub(crate) fn draw(case: Case, seed: u64) -> Self {
        let purpose = |purpose: u64| Draw::new(seed, purpose | case.stream());
        let mut draw = purpose(BUILDING);
        let climate = &CLIMATES[draw.whole(0, CLIMATES.len() - 1)];
        let first = crate::calendar::day_number(2022, 1, 1) + i32::try_from(draw.whole(0, 364)).unwrap_or(0);
        let baseline = WARM_UP;
        let installation = baseline + 365;
        let reporting = installation + draw.whole(28, 56);
        let span = Span { reporting, end: reporting + 365 };
        let glass = case == Case::Greenhouse;
        let rooms = if glass { bays(&mut draw) } else { rooms(case, &mut draw) };
        let denser = draw.chance(0.5);
        let is_new = case == Case::MoreCanopy && !denser;
        let rooms = if is_new { with_new_room(rooms) } else { rooms };
        let building =
            if glass { Building::Glass(Glass::draw(&mut draw)) } else { Building::Closed(shell(&mut draw)) };
        let old = Equipment::old(&mut draw, glass);
        let replaced = Equipment::new(&mut draw, glass);
        let new = if case == Case::Placebo { old } else { replaced };

        let mut crops = purpose(CROPS);
        let habits = Habits::draw(&mut crops);
        let at = crops.uniform(0.0, 1.0);
        let mut schedules: Vec<Schedule> = rooms
            .iter()
            .enumerate()
            .map(|(number, room)| {
                let start = (at + number as f64 / rooms.len() as f64).fract();
                plan::schedule(room, &habits, start, span.end, &mut crops)
            })
            .collect();
        plan::apply(case, denser, span, &mut schedules, &mut crops);
        let mut opens = vec![0; rooms.len()];
        if let (true, Some(last)) = (is_new, opens.last_mut()) {
            *last = span.reporting;
        }
        let last = first + i32::try_from(span.end).unwrap_or(0);
        let weather = Weather::draw(climate, first, last, &mut purpose(WEATHER));
        let canopy: f64 = rooms.iter().map(|room| room.canopy).sum();
        let other = Other::draw(canopy, glass, span.end, &mut draw, &mut purpose(STAFF));
        let wider = if case == Case::MoreCanopy && denser { 1.25 } else { 1.0 };
        let zone = climate.zone;
        Self {
            zone,
            first,
            baseline,
            installation,
            span,
            rooms,
            schedules,
            opens,
            building,
            weather,
            old,
            new,
            wider,
            other,
        }
    }

    /// Day number of the simulated day.
    pub(crate) fn day(&self, index: usize) -> i32 {
        self.first + i32::try_from(index).unwrap_or(0)
    }

    /// The glasshouse, whose recipe is a day's light; none for closed rooms.
    pub(crate) fn glass(&self) -> Option<&Glass> {
        match &self.building {
            Building::Glass(glass) => Some(glass),
            Building::Closed(_) => None,
        }
    }

    /// kWh of every day, with the old equipment throughout and with the new from the installation on.
    pub(crate) fn run(&self) -> (Vec<f64>, Vec<f64>) {
        let mut state = vec![(room::State::START, glass::State::START); self.rooms.len()];
        let mut old = self.days(0..self.installation, &self.old, &mut state);
        let mut new = old.clone();
        let rest = self.installation..self.span.end;
        new.extend(self.days(rest.clone(), &self.new, &mut state.clone()));
        old.extend(self.days(rest, &self.old, &mut state));
        (old, new)
    }

    fn days(
        &self,
        days: std::ops::Range<usize>,
        with: &Equipment,
        state: &mut [(room::State, glass::State)],
    ) -> Vec<f64> {
        days.map(|index| {
            let day = self.day(index);
            state.iter_mut().for_each(|(_, bay)| bay.begin_day());
            let mut energy = self.other.of_day(self, index);
            for hour in 0..self.zone.hours(day) {
                for quarter in 0..4 {
                    let past = f64::from(quarter) / 4.0;
                    let clock = self.zone.wall_clock(day, f64::from(hour) + past);
                    let outside = self.weather.at(self.zone.first_hour(day) + hour, past);
                    let power: f64 = (0..self.rooms.len())
                        .filter(|&number| index >= self.opens[number])
                        .map(|number| self.step(number, index, clock, outside, with, &mut state[number]))
                        .sum();
                    energy += power * room::STEP / 3600.0 + self.other.office(day, clock, outside) / 4.0;
                }
            }
            energy
        })
        .collect()
    }

    fn step(
        &self,
        number: usize,
        index: usize,
        clock: f64,
        outside: crate::weather::Air,
        with: &Equipment,
        (closed, bay): &mut (room::State, glass::State),
    ) -> f64 {
        let (room, crop) = (&self.rooms[number], self.schedules[number][index].as_ref());
        match &self.building {
            Building::Closed(shell) => {
                let wider = if index >= self.span.reporting { self.wider } else { 1.0 };
                room::step((room, shell, wider), crop, clock, outside, with, closed)
            }
            Building::Glass(glass) => glass::step((room, glass), crop, clock, outside, with, bay),
        }
    }
}

impl Other {
    fn draw(canopy: f64, glass: bool, days: usize, draw: &mut Draw, staff: &mut Draw) -> Self {
        let scale = canopy * if glass { 0.25 } else { 1.0 };
        let spread = scale * draw.uniform(0.04, 0.12);
        let mut level = staff.normal();
        let people = (0..days).map(|_| {
            level = 0.7 * level + 0.714 * staff.normal();
            spread * level
        });
        Self {
            people: people.collect(),
            base: scale * draw.uniform(0.01, 0.03),
            office: scale * draw.uniform(0.003, 0.010),
            office_per_kelvin: scale * draw.uniform(0.000_1, 0.000_4),
            per_canopy: draw.uniform(0.05, 0.15),
            drying: draw.uniform(0.10, 0.30),
        }
    }

    /// kWh that do not depend on the hour.
    fn of_day(&self, facility: &Facility, index: usize) -> f64 {
        let canopy: f64 = facility.schedules.iter().filter_map(|s| s[index]).map(|crop| crop.canopy).sum();
        let drying: f64 = facility
            .schedules
            .iter()
            .flat_map(|schedule| (1..=9).filter_map(|ago| harvested(schedule, index.checked_sub(ago)?)))
            .sum();
        // People and machines pause rather than feed in.
        (24.0 * self.base + self.people[index]).max(0.0) + self.per_canopy * canopy + self.drying * drying
    }

    /// kW at a moment.
    fn office(&self, day: i32, clock: f64, outside: crate::weather::Air) -> f64 {
        let at_work = crate::calendar::is_workday(day) && (8.0..18.0).contains(&clock);
        let climate = self.office_per_kelvin * (outside.temperature - 19.0).abs();
        if at_work { self.office + climate } else { 0.3 * climate }
    }
}

/// m² of flowers cut at the end of that day.
fn harvested(schedule: &Schedule, index: usize) -> Option<f64> {
    let (crop, next) = (schedule[index]?, *schedule.get(index + 1)?);
    (crop.stage == Stage::Flower && next.is_none_or(|next| next.age < crop.age)).then_some(crop.canopy)
}

fn rooms(case: Case, draw: &mut Draw) -> Vec<Room> {
    let flowering = if case == Case::IdleRoom { 3 } else { draw.whole(2, 6) };
    let canopy = draw.uniform(60.0, 260.0);
    let dusk = draw.uniform(0.0, 24.0);
    let flipped = draw.chance(0.4);
    let (cycle, light) = (draw.whole(54, 64), draw.uniform(750.0, 1000.0));
    let veg = if flowering > 3 { 2 } else { 1 };
    let veg_light = draw.uniform(300.0, 480.0);
    let mut rooms: Vec<Room> = (0..veg)
        .map(|_| Room {
            canopy: 0.28 * canopy * flowering as f64 / veg as f64,
            stage: Some(Stage::Veg),
            light: veg_light,
            lights_on: draw.uniform(3.0, 9.0),
            cycle: 20,
        })
        .collect();
    rooms.extend((0..flowering).map(|number| Room {
        canopy: canopy * draw.uniform(0.85, 1.15),
        stage: Some(Stage::Flower),
        light,
        lights_on: (dusk + if flipped && number % 2 == 1 { 12.0 } else { 0.0 }) % 24.0,
        cycle,
    }));
    rooms
}

fn bays(draw: &mut Draw) -> Vec<Room> {
    let canopy = draw.uniform(200.0, 900.0);
    let (cycle, light) = (draw.whole(70, 100), draw.uniform(19.0, 27.0));
    let lights_on = draw.uniform(2.0, 6.0);
    let bay = |_| Room { canopy, stage: None, light, lights_on, cycle };
    (0..draw.whole(2, 5)).map(bay).collect()
}

/// One more room for flowers, of a quarter of all canopy there is.
fn with_new_room(mut rooms: Vec<Room>) -> Vec<Room> {
    let canopy = 0.25 * rooms.iter().map(|room| room.canopy).sum::<f64>();
    if let Some(last) = rooms.last() {
        let new = Room {
            canopy,
            stage: last.stage,
            light: last.light,
            lights_on: last.lights_on,
            cycle: last.cycle,
        };
        rooms.push(new);
    }
    rooms
}

fn shell(draw: &mut Draw) -> Shell {
    Shell {
        lamp_reserve: draw.uniform(1.25, 1.45),
        utilisation: draw.uniform(0.8, 0.9),
        cooling: draw.uniform(0.75, 1.05),
        dehumidifier: draw.uniform(0.06, 0.11),
        conductance: draw.uniform(0.5, 1.4),
        exposure: draw.uniform(0.4, 1.0),
        leakage: draw.uniform(0.05, 0.5),
        day: draw.uniform(24.5, 27.5),
        setback: draw.uniform(2.0, 6.0),
        inertia: draw.uniform(60.0, 120.0),
    }
}
