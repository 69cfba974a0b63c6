//! How browsers see this server: its origin, its cookie, and where a request came from.

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use services::sessions::{ABSOLUTE, Visitor};
use services::token::Token;
use std::net::SocketAddr;

/// Settings that requests are judged by. Cheap enough to clone.
#[derive(Clone, Debug)]
pub struct Site {
    /// Scheme, host and port.
    pub origin: String,
    /// Header in which a trusted proxy names the reader's address; none when there is no proxy.
    pub client_ip_header: Option<HeaderName>,
}

impl Site {
    /// Whether browsers keep a cookie of this origin from ever travelling in the clear. They hold the machine itself
    /// to be as good as TLS.
    pub fn is_secure(&self) -> bool {
        let plain = self.origin.strip_prefix("http://").unwrap_or_default();
        let host = plain.rsplit_once(':').map_or(plain, |(host, _)| host);
        self.origin.starts_with("https://") || host == "localhost" || host == "127.0.0.1"
    }

    /// Name of the session cookie. The prefix makes browsers refuse one set by a sibling host or over plain HTTP.
    fn cookie(&self) -> &'static str {
        if self.is_secure() { "__Host-gainshare" } else { "gainshare" }
    }

    /// The session token a browser sent.
    pub fn token(&self, headers: &HeaderMap) -> Option<Token> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        cookies
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == self.cookie())
            .find_map(|(_, value)| Token::parse(value))
    }

    /// `Set-Cookie` that keeps a session; without a token, one that ends it.
    pub fn set_cookie(&self, token: Option<&Token>) -> String {
        let value = token.map(Token::reveal).unwrap_or_default();
        let age = if token.is_some() { ABSOLUTE.num_seconds() } else { 0 };
        let secure = if self.is_secure() { "; Secure" } else { "" };
        format!("{}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}", self.cookie())
    }

    /// Where the request comes from. Of several proxies' entries only the last, the trusted proxy's own, counts.
    pub fn visitor(&self, parts: &Parts) -> Visitor {
        let header = |name: &HeaderName| parts.headers.get_all(name).iter().next_back()?.to_str().ok();
        let proxied = self.client_ip_header.as_ref().and_then(header);
        let proxied = proxied.and_then(|list| list.rsplit(',').next()).map(|ip| ip.trim().to_owned());
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.ip().to_string());
        Visitor {
            ip: proxied.or(peer).unwrap_or_default(),
            user_agent: header(&header::USER_AGENT).unwrap_or_default().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderValue, Request};

    fn site(origin: &str) -> Site {
        Site { origin: origin.to_owned(), client_ip_header: None }
    }

    #[test]
    fn the_cookie_is_bound_to_the_host_where_browsers_allow_it() {
        for origin in
            ["https://portal.example", "http://localhost:3000", "http://127.0.0.1:3001", "http://localhost"]
        {
            let cookie = site(origin).set_cookie(None);
            assert_eq!(
                cookie, "__Host-gainshare=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure",
                "{origin}"
            );
        }
        for origin in ["http://portal.example", "http://localhost.example:3000", "http://127.0.0.1.example"] {
            let cookie = site(origin).set_cookie(None);
            assert_eq!(cookie, "gainshare=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax", "{origin}");
        }
    }

    #[test]
    fn the_token_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        let hex = "ab".repeat(32);
        headers.append(header::COOKIE, HeaderValue::from_static("theme=dark; gainshare=nope"));
        assert_eq!(site("https://x.example").token(&headers), None);
        let line = format!("other=1; __Host-gainshare={hex}");
        headers.append(header::COOKIE, HeaderValue::from_str(&line).unwrap());
        assert_eq!(site("https://x.example").token(&headers).unwrap().reveal(), hex);
    }

    #[test]
    fn only_a_trusted_proxy_names_the_address() {
        let request = Request::builder()
            .header("x-forwarded-for", "6.6.6.6, 10.0.0.9")
            .extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 5))))
            .body(())
            .unwrap();
        let (parts, ()) = request.into_parts();
        assert_eq!(site("https://x.example").visitor(&parts).ip, "127.0.0.1");
        let mut behind = site("https://x.example");
        behind.client_ip_header = Some(HeaderName::from_static("x-forwarded-for"));
        assert_eq!(behind.visitor(&parts).ip, "10.0.0.9");
    }
}
