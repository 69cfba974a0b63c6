//! Reading HTML forms and answering them.

use crate::middleware::identity::encode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::id::FacilityId;

/// The fields of a form as sent, repeated ones included.
#[derive(Debug, serde::Deserialize)]
#[serde(transparent)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The first field of this name; empty when it was not sent.
    pub fn text(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Every field with its value, in the order sent.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Every field of this name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The field read as something; none when it cannot be.
    pub fn parse<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.text(name).parse().ok()
    }

    /// The chosen facilities: none sent means all, one that cannot be read is an error.
    pub fn facilities(&self) -> Result<Option<Vec<FacilityId>>, uuid::Error> {
        let chosen = self.all("facility").filter(|id| !id.is_empty());
        let chosen: Vec<FacilityId> = chosen.map(str::parse).collect::<Result<_, _>>()?;
        Ok((!chosen.is_empty()).then_some(chosen))
    }
}

/// Back to a page, with a code that it turns into a sentence.
pub fn back(page: &str, key: &str, code: &str) -> Response {
    Redirect::to(&format!("{page}?{key}={code}")).into_response()
}

/// Where to go after signing in: a path of ours, or home for anything else.
pub fn local_path(next: &str) -> &str {
    let local = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.bytes().all(|b| b.is_ascii_graphic());
    if local { next } else { "/home" }
}

/// The sign-in page with an error, keeping where the reader was going.
pub fn sign_in_again(code: &str, next: &str) -> Response {
    match next {
        "" => back("/sign-in", "error", code),
        next => Redirect::to(&format!("/sign-in?error={code}&next={}", encode(next))).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_followed() {
        for ours in ["/home", "/f/cedar?day=2026-01-01", "/"] {
            assert_eq!(local_path(ours), ours);
        }
        let others = [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/a\r\nSet-Cookie: a=b",
            "home",
            "\t/x",
        ];
        for other in others {
            assert_eq!(local_path(other), "/home", "{other:?}");
        }
    }
}
