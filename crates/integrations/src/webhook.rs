//! Telling an address of an event: one POST, to the public internet only.
//!
//! An address comes from a customer, so it must not lead to machines beside our own: names are resolved here and what is not public
//! is left out, at the very moment of connecting; redirects are not followed.

use domain::webhooks::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// How long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Why an address cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is none.
    #[error("This is no address such as https://example.com/hooks.")]
    NoUrl,
    /// What is sent could be read on the way.
    #[error("The address has to begin with https://.")]
    NotHttps,
    /// It is not on the public internet.
    #[error("This address is not on the public internet.")]
    NotPublic,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Seconds that the receiver asks us to wait (`Retry-After`).
    pub retry_after_s: Option<u32>,
}

/// Sends. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sender {
    http: Client,
    private: bool,
}

impl Sender {
    /// `private` allows plain HTTP and addresses that are not public: for tests and for trying things out on one machine.
    ///
    /// # Errors
    /// When the client cannot be built, with its own words.
    pub fn new(private: bool) -> Result<Self, String> {
        // Programs have chosen the same one already; a second choice is refused and changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .timeout(TIMEOUT)
            .redirect(Policy::none())
            .no_proxy()
            .https_only(!private)
            .user_agent("gainshare-webhooks/1")
            .dns_resolver(Arc::new(Public { private }))
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { http, private })
    }

    /// Whether an address can be used, as far as can be told without resolving its name.
    ///
    /// # Errors
    /// [`Refused`] says why not.
    pub fn check(&self, url: &str) -> Result<Url, Refused> {
        let url = Url::parse(url).map_err(|_| Refused::NoUrl)?;
        let host = url.host_str().ok_or(Refused::NoUrl)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::NoUrl);
        }
        if self.private {
            return if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err(Refused::NoUrl) };
        }
        if url.scheme() != "https" {
            return Err(Refused::NotHttps);
        }
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let local = host == "localhost"
            || host.ends_with(".localhost")
            || host.ends_with(".local")
            || host.ends_with(".internal");
        if local || literal.is_ok_and(|ip| !is_public(ip)) {
            return Err(Refused::NotPublic);
        }
        Ok(url)
    }

    /// Sends JSON with these headers. The body of the answer is not read: it says nothing that we act on.
    ///
    /// # Errors
    /// A sentence where no answer came.
    pub async fn send(&self, url: &str, payload: &str, headers: &[(&str, String)]) -> Result<Answer, String> {
        let url = self.check(url).map_err(|refused| refused.to_string())?;
        let mut request =
            self.http.post(url).header(CONTENT_TYPE, "application/json").body(payload.to_owned());
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let answer = request.send().await.map_err(|error| in_words(&error))?;
        let wait = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        Ok(Answer { status: answer.status().as_u16(), retry_after_s: wait })
    }
}

/// Without the address, which may hold a secret.
fn in_words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", TIMEOUT.as_secs());
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let text = cause.to_string();
    if error.is_connect() { format!("no connection: {text}") } else { text }
}

/// Resolves names to what is on the public internet.
#[derive(Debug)]
struct Public {
    private: bool,
}

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|at| private || is_public(at.ip())).collect();
            if public.is_empty() {
                return Err(Refused::NotPublic.into());
            }
            let addresses: Addrs = Box::new(public.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_our_own_machines_are_refused() {
        let sender = Sender::new(false).unwrap();
        assert!(sender.check("https://hooks.example.com/a?b=c").is_ok());
        assert_eq!(sender.check("http://hooks.example.com").unwrap_err(), Refused::NotHttps);
        assert_eq!(sender.check("hooks").unwrap_err(), Refused::NoUrl);
        assert_eq!(sender.check("https://user:secret@example.com").unwrap_err(), Refused::NoUrl);
        for url in [
            "https://127.0.0.1/",
            "https://localhost:8443/",
            "https://169.254.169.254/latest",
            "https://[::1]/",
            "https://[fd00::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://db.internal/",
        ] {
            assert_eq!(sender.check(url).unwrap_err(), Refused::NotPublic, "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_our_own_machine_is_not_followed() {
        let said = Sender::new(false).unwrap().http.get("https://localhost:9/").send().await.unwrap_err();
        assert!(in_words(&said).contains("not on the public internet"), "{said:?}");
    }
}
