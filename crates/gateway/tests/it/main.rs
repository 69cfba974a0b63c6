//! The gateway's program against peers that are not ours: Mosquitto, pymodbus, the kernel's file systems.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where something is missing")]

mod broker;
mod disk;
mod gateway;
mod kill;
mod maps;
mod network;
mod refusals;
mod server;
mod sources;
mod tls;
mod uplink;
