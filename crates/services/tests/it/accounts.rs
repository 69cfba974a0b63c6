//! Organisations, people and a mail server for tests of accounts.

use crate::support;
use domain::access::{OrganisationKind, Principal, Role};
use integrations::mail::Mailer;
use services::sessions::{SignedIn, Visitor, sign_in};
use services::token::Token;
use services::{Context, Result, organisations, people, sessions};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::process::Stdio;
use store::organisations::Organisation;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

pub(crate) const PASSWORD: &str = "a long enough password";

pub(crate) struct Accounts {
    pub(crate) ctx: Context,
    pub(crate) vendor: Organisation,
    pub(crate) cedar: Organisation,
    pub(crate) harbor: Organisation,
    pub(crate) verifier: Organisation,
}

impl Accounts {
    /// A vendor with two customers and a verifier, and nobody in them.
    pub(crate) async fn new(pool: PgPoolOptions, connect: PgConnectOptions) -> Self {
        let ctx = support::context(pool, connect);
        let found = async |name, kind, vendor| organisations::found(&ctx, name, kind, vendor).await.unwrap();
        let vendor = found("Vendor", OrganisationKind::Vendor, None).await;
        let cedar = found("Cedar", OrganisationKind::Customer, Some("Vendor")).await;
        let harbor = found("Harbor", OrganisationKind::Customer, Some("Vendor")).await;
        let verifier = found("Verifier", OrganisationKind::Verifier, Some("Vendor")).await;
        Self { ctx, vendor, cedar, harbor, verifier }
    }

    /// Adds somebody with [`PASSWORD`] and signs them in.
    pub(crate) async fn person(&self, email: &str, at: &Organisation, role: Role) -> SignedIn {
        self.admit(email, at, people::Place { organisation: at.id, role, facilities: None }).await;
        self.sign_in(email).await.unwrap()
    }

    pub(crate) async fn admit(&self, email: &str, at: &Organisation, place: people::Place) {
        organisations::admit(&self.ctx, at, email, "", PASSWORD.to_owned(), &place).await.unwrap();
    }

    pub(crate) async fn sign_in(&self, email: &str) -> Result<SignedIn> {
        self.try_password(email, PASSWORD, "10.0.0.1").await
    }

    pub(crate) async fn try_password(&self, email: &str, password: &str, ip: &str) -> Result<SignedIn> {
        let visitor = Visitor { ip: ip.to_owned(), user_agent: "test".to_owned() };
        sign_in(&self.ctx, email, password.to_owned(), &visitor, None).await
    }

    pub(crate) async fn resolve(&self, token: &Token) -> Option<Principal> {
        sessions::resolve(&self.ctx, token).await.unwrap()
    }
}

/// A mail server that is not ours (see the mail tests of `integrations`).
pub(crate) struct Sink {
    _process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Sink {
    /// Starts one and makes `ctx` send through it.
    pub(crate) async fn start(ctx: &mut Context) -> Self {
        let python = std::env::var("GAINSHARE_PYTHON").expect("GAINSHARE_PYTHON: a Python with aiosmtpd");
        let mut process = Command::new(python)
            .args(["-c", include_str!("../../../integrations/tests/it/smtp_sink.py")])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.next_line().await.unwrap().expect("the sink ended");
        ctx.mailer =
            Mailer::new(Some(&format!("smtp://127.0.0.1:{port}")), "no-reply@portal.example").unwrap();
        Self { _process: process, lines }
    }

    /// Recipient and text of the next mail.
    pub(crate) async fn next(&mut self) -> (String, String) {
        let line = self.lines.next_line().await.unwrap().unwrap();
        let mail: serde_json::Value = serde_json::from_str(&line).unwrap();
        (mail["to"].as_str().unwrap().to_owned(), mail["text"].as_str().unwrap().to_owned())
    }

    /// The token of the next mail's link.
    pub(crate) async fn token(&mut self, page: &str) -> String {
        let (_, text) = self.next().await;
        let start = text.find(page).unwrap_or_else(|| panic!("no link to {page} in {text}")) + page.len();
        text[start..].split_whitespace().next().unwrap().to_owned()
    }
}
