use super::*;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Response as Answer};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// Answers in their order, and what was asked.
#[derive(Clone, Default)]
struct Peer {
    answers: Arc<Mutex<VecDeque<(u16, String)>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

async fn answer(State(peer): State<Peer>, uri: Uri, RawQuery(query): RawQuery) -> Answer {
    peer.asked.lock().unwrap().push(format!("{}?{}", uri.path(), query.unwrap_or_default()));
    let (status, body) = peer.answers.lock().unwrap().pop_front().unwrap_or((410, String::new()));
    let status = axum::http::StatusCode::from_u16(status).unwrap();
    (status, [("retry-after", "0")], body).into_response()
}

/// A service of its own, with a key, and waits too short to notice.
async fn service(answers: &[(u16, &str)]) -> (OpenMeteo, Peer) {
    let peer = Peer::default();
    peer.answers.lock().unwrap().extend(answers.iter().map(|(status, body)| (*status, (*body).to_owned())));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(answer).with_state(peer.clone());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let mut client = OpenMeteo::new(&base, Some("s3cret-key")).unwrap();
    client.first_wait = Duration::from_millis(1);
    (client, peer)
}

fn body(from: &str, temperature: &str, dew_point: &str, radiation: &str) -> String {
    let first = from.parse::<DateTime<Utc>>().unwrap().timestamp();
    let n = i64::try_from(temperature.split(',').count()).unwrap();
    let times: Vec<String> = (0..n).map(|i| (first + i * 3_600).to_string()).collect();
    format!(
        "{{\"latitude\":39.75,\"longitude\":-105.0,\"generationtime_ms\":0.05,\"utc_offset_seconds\":0,\
         \"timezone\":\"GMT\",\"timezone_abbreviation\":\"GMT\",\"elevation\":1609.0,\
         \"hourly_units\":{{\"time\":\"unixtime\",\"temperature_2m\":\"°C\",\"dew_point_2m\":\"°C\",\
         \"shortwave_radiation\":\"W/m²\"}},\"hourly\":{{\"time\":[{}],\"temperature_2m\":[{temperature}],\
         \"dew_point_2m\":[{dew_point}],\"shortwave_radiation\":[{radiation}]}}}}",
        times.join(",")
    )
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

async fn one_day(client: &OpenMeteo) -> Result<Weather, Error> {
    client.archive((39.74, -105.18), day("2025-06-01"), day("2025-06-02")).await
}

#[tokio::test]
async fn hours_keep_their_holes_and_radiation_is_of_the_hour_before_its_stamp() {
    let text = body("2025-06-01T21:00:00Z", "21.5,null,19,18.5", "3,2.5,null,1", "700,null,510.5,300");
    let (client, peer) = service(&[(200, &text)]).await;
    let weather = one_day(&client).await.unwrap();
    let hours: Vec<_> =
        weather.hours.iter().map(|h| (h.temperature_c, h.dew_point_c, h.irradiance_w_m2)).collect();
    let expected = [
        (Some(21.5), Some(3.0), None),
        (None, Some(2.5), Some(510.5)),
        // Known only because a day more was asked for, whose own hour is not returned.
        (Some(19.0), None, Some(300.0)),
    ];
    assert_eq!(hours, expected);
    assert!(weather.hours.windows(2).all(|pair| pair[1].start - pair[0].start == TimeDelta::hours(1)));
    let station = weather.station.unwrap();
    assert_eq!((station.latitude, station.longitude, station.elevation_m), (39.75, -105.0, Some(1609.0)));
    let asked = "/v1/archive?latitude=39.74000&longitude=-105.18000\
        &hourly=temperature_2m%2Cdew_point_2m%2Cshortwave_radiation&timezone=GMT&timeformat=unixtime\
        &start_date=2025-06-01&end_date=2025-06-02&apikey=s3cret-key";
    assert_eq!(*peer.asked.lock().unwrap(), [asked]);
}

#[tokio::test]
async fn the_last_days_come_from_the_forecast() {
    let text = body("2025-06-01T00:00:00Z", "1", "0", "0");
    let (client, peer) = service(&[(200, &text)]).await;
    assert_eq!(client.recent((0.0, 0.0), 7).await.unwrap().hours.len(), 1);
    let asked = peer.asked.lock().unwrap()[0].clone();
    assert!(asked.starts_with("/v1/forecast?") && asked.contains("&past_days=7&forecast_days=1"), "{asked}");
}

#[tokio::test]
async fn a_busy_service_is_asked_again_and_not_for_ever() {
    let text = body("2025-06-01T00:00:00Z", "1", "0", "0");
    let limit = "{\"error\":true,\"reason\":\"Minutely API request limit exceeded.\"}";
    let (client, peer) = service(&[(429, limit), (503, "<html>"), (200, &text)]).await;
    assert_eq!(one_day(&client).await.unwrap().hours.len(), 1);
    assert_eq!(peer.asked.lock().unwrap().len(), 3);

    let (client, peer) = service(&[(502, ""), (502, ""), (500, ""), (429, limit)]).await;
    let said = one_day(&client).await.unwrap_err();
    let expected = "429 Too Many Requests: Minutely API request limit exceeded.";
    assert_eq!(said, Error::Transient(expected.to_owned()));
    assert_eq!(peer.asked.lock().unwrap().len(), 4);
}

#[tokio::test]
async fn a_refusal_is_final_and_shows_no_key() {
    let body = "{\"error\":true,\"reason\":\"The supplied API key s3cret-key is invalid.\\n\"}";
    let (client, peer) = service(&[(400, body)]).await;
    let said = one_day(&client).await.unwrap_err();
    assert_eq!(said, Error::Rejected("400 Bad Request: The supplied API key … is invalid.".to_owned()));
    assert_eq!(peer.asked.lock().unwrap().len(), 1);
    assert!(!format!("{client:?}").contains("s3cret"));

    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut away = OpenMeteo::new(&format!("http://{nobody}"), Some("s3cret-key")).unwrap();
    away.first_wait = Duration::from_millis(1);
    let said = one_day(&away).await.unwrap_err().to_string();
    assert!(said.starts_with("Open-Meteo is not available: ") && !said.contains("s3cret"), "{said}");
}

#[tokio::test]
async fn what_its_documentation_does_not_say_is_refused() {
    let good = body("2025-06-01T00:00:00Z", "1,2", "0,0", "0,0");
    let huge = "x".repeat(ANSWER_BYTES_MAX + 1);
    let cases = [
        (good.replace("\"temperature_2m\":\"°C\"", "\"temperature_2m\":\"°F\""), "temperature_2m is in `°F`"),
        (good.replace("[1,2]", "[1]"), "2 hours, but 1 values"),
        (body("2025-06-01T00:30:00Z", "1", "0", "0"), "not the beginning of an hour"),
        ("[]".to_owned(), ""),
        (huge, "more than 4 MiB"),
    ];
    for (text, expected) in cases {
        let (client, _) = service(&[(200, &text)]).await;
        let Err(Error::Malformed(said)) = one_day(&client).await else { panic!("{expected} was accepted") };
        assert!(said.contains(expected), "{said}");
    }
}

#[tokio::test]
async fn settings_and_periods_are_checked_first() {
    for base in
        ["open-meteo", "ftp://example.com", "https://example.com/?apikey=1", "https://a:b@example.com"]
    {
        assert!(matches!(OpenMeteo::new(base, None), Err(Error::Rejected(_))), "{base}");
    }
    let hosts = [
        ("https://api.open-meteo.com", "https://archive-api.open-meteo.com/v1/archive"),
        ("https://customer-api.open-meteo.com/", "https://customer-archive-api.open-meteo.com/v1/archive"),
        ("http://weather.local:8080/om", "http://weather.local:8080/om/v1/archive"),
    ];
    for (base, archive) in hosts {
        assert_eq!(OpenMeteo::new(base, None).unwrap().archive.as_str(), archive);
    }
    let (client, peer) = service(&[]).await;
    let reversed = client.archive((0.0, 0.0), day("2025-06-02"), day("2025-06-02")).await;
    assert!(matches!(reversed, Err(Error::Rejected(_))));
    assert!(peer.asked.lock().unwrap().is_empty());
}
