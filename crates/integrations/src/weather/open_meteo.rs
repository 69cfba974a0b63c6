//! Open-Meteo, a weather service: the reanalysis of past years and the analysis of the last days, by the hour.
//!
//! <https://open-meteo.com/en/docs> and <https://open-meteo.com/en/docs/historical-weather-api>. Its free hosts are for
//! non-commercial use; the base URL and the key are settings, so that a paid plan or an own host can be used.

mod answer;

use chrono::NaiveDate;
use domain::weather::Weather;
use reqwest::{Response, StatusCode, Url, header::RETRY_AFTER, redirect::Policy};
use std::time::Duration;

/// What is asked for, by their names.
const VARIABLES: &str = "temperature_2m,dew_point_2m,shortwave_radiation";
/// Most days back that the forecast's host still has.
pub const RECENT_DAYS_MAX: u32 = 92;
/// Longest period of one request, days: a year and the days around it.
pub const PERIOD_DAYS_MAX: i64 = 400;
/// Largest answer that is read; [`PERIOD_DAYS_MAX`] days are about half a megabyte.
const ANSWER_BYTES_MAX: usize = 4 << 20;
/// How often one request is tried.
const TRIES: u32 = 4;
/// The longest wait between two tries, also where the service asks for more.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// Why there is no weather.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The settings or the request cannot be used; trying again does not help.
    #[error("Open-Meteo refuses: {0}")]
    Rejected(String),
    /// The service is away, or asks to be left alone; a later try may succeed.
    #[error("Open-Meteo is not available: {0}")]
    Transient(String),
    /// The answer is not what its documentation says.
    #[error("Open-Meteo answered something else than expected: {0}")]
    Malformed(String),
}

/// The service. Cheap to clone. The key is in no message and no log.
#[derive(Clone)]
pub struct OpenMeteo {
    http: reqwest::Client,
    forecast: Url,
    archive: Url,
    key: Option<String>,
    /// Upper end of the first wait; each further one is twice as long.
    first_wait: Duration,
}

impl std::fmt::Debug for OpenMeteo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenMeteo").field("forecast", &self.forecast.as_str()).finish_non_exhaustive()
    }
}

impl OpenMeteo {
    /// `base` is the host of the forecast, e.g. `https://customer-api.open-meteo.com`; of Open-Meteo's own hosts, that of
    /// the archive is known. An own host serves both.
    ///
    /// # Errors
    /// [`Error::Rejected`] when the URL cannot be used.
    pub fn new(base: &str, key: Option<&str>) -> Result<Self, Error> {
        let wrong = |reason: &str| Error::Rejected(format!("the base URL {reason}"));
        let base = Url::parse(base).map_err(|e| wrong(&format!("cannot be read ({e})")))?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(wrong("has to start with http:// or https:// and a host"));
        }
        if base.query().is_some() || !base.username().is_empty() || base.password().is_some() {
            return Err(wrong(
                "has to be without a query, name and password; the key is a setting of its own",
            ));
        }
        // Programs have chosen the same one already; a second choice is refused and changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(60))
            .redirect(Policy::none())
            .user_agent("gainshare")
            .build()
            .map_err(|e| Error::Rejected(e.to_string()))?;
        let forecast = endpoint(&base, "v1/forecast")?;
        let mut archive = endpoint(&base, "v1/archive")?;
        let host = base.host_str().and_then(|host| host.strip_suffix("api.open-meteo.com"));
        if let Some(prefix) = host {
            archive
                .set_host(Some(&format!("{prefix}archive-api.open-meteo.com")))
                .map_err(|e| wrong(&e.to_string()))?;
        }
        let key = key.filter(|key| !key.is_empty()).map(str::to_owned);
        Ok(Self { http, forecast, archive, key, first_wait: Duration::from_secs(1) })
    }

    /// Weather of the days `from` to before `until` (UTC) at a place, degrees north and east, from the reanalysis. It
    /// lags a few days; hours it has not yet are without values.
    ///
    /// # Errors
    /// [`Error::Rejected`] for an empty period or one over [`PERIOD_DAYS_MAX`]; otherwise what the service says.
    pub async fn archive(
        &self,
        place: (f64, f64),
        from: NaiveDate,
        until: NaiveDate,
    ) -> Result<Weather, Error> {
        let days = (until - from).num_days();
        if !(1..=PERIOD_DAYS_MAX).contains(&days) {
            return Err(Error::Rejected(format!("{from} to {until} is not 1 to {PERIOD_DAYS_MAX} days")));
        }
        // Radiation is of the hour before its stamp, so that the last hour's stands at the next day's midnight.
        // `end_date` is inclusive.
        let period = [("start_date", from.to_string()), ("end_date", until.to_string())];
        let mut weather = self.get(&self.archive, place, &period).await?;
        let end = until.and_time(chrono::NaiveTime::MIN).and_utc();
        weather.hours.retain(|hour| hour.start < end);
        Ok(weather)
    }

    /// Weather of the last `days` days and of today (UTC), from the model that also forecasts; hours to come are
    /// forecasts. `days` is at most [`RECENT_DAYS_MAX`].
    ///
    /// # Errors
    /// What the service says.
    pub async fn recent(&self, place: (f64, f64), days: u32) -> Result<Weather, Error> {
        let days = days.min(RECENT_DAYS_MAX);
        let period = [("past_days", days.to_string()), ("forecast_days", "1".to_owned())];
        self.get(&self.forecast, place, &period).await
    }

    async fn get(
        &self,
        url: &Url,
        (latitude, longitude): (f64, f64),
        period: &[(&str, String)],
    ) -> Result<Weather, Error> {
        let mut url = url.clone();
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("latitude", &format!("{latitude:.5}"))
                .append_pair("longitude", &format!("{longitude:.5}"))
                .append_pair("hourly", VARIABLES)
                .append_pair("timezone", "GMT")
                .append_pair("timeformat", "unixtime");
            query.extend_pairs(period);
            if let Some(key) = &self.key {
                query.append_pair("apikey", key);
            }
        }
        let mut wait = self.first_wait;
        let mut tried = 1;
        loop {
            let (error, asked) = match self.ask(&url).await {
                Err((error @ Error::Transient(_), asked)) if tried < TRIES => (error, asked),
                Err((error, _)) => return Err(error),
                Ok(body) => return answer::read(&body),
            };
            let pause = asked.unwrap_or_else(|| wait.mul_f64(rand::random_range(0.5..=1.0))).min(WAIT_MAX);
            tracing::debug!(%error, tried, "asking Open-Meteo again");
            tokio::time::sleep(pause).await;
            wait *= 2;
            tried += 1;
        }
    }

    /// One try. A failure comes with the wait that the service asks for.
    async fn ask(&self, url: &Url) -> Result<Vec<u8>, (Error, Option<Duration>)> {
        let away = |error: reqwest::Error| (Error::Transient(causes(&error.without_url())), None);
        let mut response = self.http.get(url.clone()).send().await.map_err(away)?;
        let status = response.status();
        let asked = wait_asked(&response);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(away)? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                let what = format!("more than {} MiB", ANSWER_BYTES_MAX >> 20);
                return Err((Error::Malformed(what), None));
            }
            body.extend_from_slice(&chunk);
        }
        if status.is_success() {
            return Ok(body);
        }
        let mut reason = answer::reason(&body).unwrap_or_default();
        if let Some(key) = &self.key {
            reason = reason.replace(key.as_str(), "…");
        }
        let said = if reason.is_empty() { status.to_string() } else { format!("{status}: {reason}") };
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            return Err((Error::Transient(said), asked));
        }
        Err((Error::Rejected(said), None))
    }
}

fn endpoint(base: &Url, path: &str) -> Result<Url, Error> {
    Url::parse(&format!("{}/{path}", base.as_str().trim_end_matches('/')))
        .map_err(|e| Error::Rejected(e.to_string()))
}

/// `Retry-After` in seconds; a date there is left to the back-off.
fn wait_asked(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// An error with what lies beneath it: "error sending request" alone says nothing.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests;
