#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails its test")]

mod facilities;
mod tenancy;
mod tenants;
mod utility;
