#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what a helper cannot do fails its test")]

mod broker_admin;
mod mail;
mod mosquitto;
