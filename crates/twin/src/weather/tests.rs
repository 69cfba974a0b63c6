use super::*;

const DENVER: Climate = crate::facility::FLOWER_CLIMATE;

fn year() -> Vec<Hour> {
    let weather = Weather::Synthetic(Synthetic::new(DENVER, 1));
    // 2025-01-01T00:00Z on.
    (482_136..482_136 + 8_760).map(|hour| weather.hour(hour)).collect()
}

/// By hand: at an equinox noon the sun stands at 90° − 39.74°, cos z = 0.769; 1 098 × 0.769 × e^(−0.0741) = 784.
#[test]
fn clear_sky_at_equinox_noon() {
    let equinox = TAU * (172.0 - 91.25) / 365.0;
    let irradiance = clear_sky(39.74, equinox, 12.0);
    assert!((irradiance - 784.0).abs() < 2.0, "{irradiance}");
    assert_eq!(clear_sky(39.74, equinox, 0.0), 0.0);
}

#[test]
fn a_year_looks_like_the_front_range() {
    let hours = year();
    let mean = |hours: &[Hour]| hours.iter().map(|h| h.celsius).sum::<f64>() / hours.len() as f64;
    let (january, july) = (mean(&hours[..744]), mean(&hours[4_344..5_088]));
    assert!((-5.0..5.0).contains(&january) && (20.0..28.0).contains(&july), "{january} {july}");
    let sun = hours.iter().map(|h| h.irradiance).sum::<f64>() / 1_000.0;
    assert!((1_400.0..2_000.0).contains(&sun), "{sun} kWh/m² a year");
    let coldest = hours.iter().map(|h| h.celsius).fold(f64::MAX, f64::min);
    let hottest = hours.iter().map(|h| h.celsius).fold(f64::MIN, f64::max);
    assert!(coldest > -32.0 && hottest < 43.0, "{coldest} {hottest}");
    for hour in &hours {
        let saturated = air::humidity_ratio(hour.celsius, air::saturation_density(hour.celsius));
        assert!(hour.humidity_ratio > 0.0 && hour.humidity_ratio <= saturated);
    }
}

#[test]
fn csv_comes_back_as_it_went() {
    let weather = Weather::Synthetic(Synthetic::new(DENVER, 3));
    let text = weather.to_csv(0, 47 * HOUR_MS);
    let read = Weather::from_csv(&text).unwrap();
    assert_eq!(text.lines().count(), 49);
    assert!((read.hour(30).celsius - weather.hour(30).celsius).abs() <= 0.005);
    assert_eq!(read.to_csv(0, 47 * HOUR_MS), text);
    // Before and after the file its first and last hours hold.
    assert_eq!((read.hour(-5), read.hour(1_000)), (read.hour(0), read.hour(47)));
}

#[test]
fn a_bad_file_is_refused_by_line() {
    assert!(matches!(Weather::from_csv("a,b\n"), Err(WeatherError::Header)));
    let line = |n| format!("2025-01-01T{n:02}:00:00Z,1,0.004,0,3\n");
    let gap = format!("{HEADER}\n{}{}", line(0), line(2));
    assert!(matches!(Weather::from_csv(&gap), Err(WeatherError::Step(3))));
    let text = format!("{HEADER}\n2025-01-01T00:30:00Z,1,0.004,0,3\n");
    assert!(matches!(Weather::from_csv(&text), Err(WeatherError::Line(2))));
    assert!(matches!(Weather::from_csv(HEADER), Err(WeatherError::Line(2))));
}

#[test]
fn values_between_hours_lie_between() {
    let weather = Weather::Synthetic(Synthetic::new(DENVER, 1));
    let (a, b) = (weather.hour(100).celsius, weather.hour(101).celsius);
    let half = Interpolated::new(weather).at(100 * HOUR_MS + HOUR_MS / 2).celsius;
    assert!((half - (a + b) / 2.0).abs() < 1e-12);
}
