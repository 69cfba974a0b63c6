//! Modbus TCP: one listener, a unit id for each meter.

use super::Plant;
use crate::devices::meter::{self, Refusal};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_modbus::prelude::{ExceptionCode, Request, Response, SlaveRequest};
use tokio_modbus::server::Service;
use tokio_modbus::server::tcp::{Server, accept_tcp_connection};

/// Answers requests of one connection.
#[derive(Clone, Debug)]
struct Bus {
    plant: Arc<Plant>,
}

impl From<Refusal> for ExceptionCode {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Address => Self::IllegalDataAddress,
            Refusal::Count => Self::IllegalDataValue,
        }
    }
}

impl Service for Bus {
    type Request = SlaveRequest<'static>;
    type Response = Option<Response>;
    type Exception = ExceptionCode;
    type Future = Pin<Box<dyn Future<Output = Result<Option<Response>, ExceptionCode>> + Send>>;

    fn call(&self, SlaveRequest { slave, request }: Self::Request) -> Self::Future {
        let bus = self.clone();
        Box::pin(async move { bus.answer(slave, request).await })
    }
}

impl Bus {
    async fn answer(&self, unit: u8, request: Request<'_>) -> Result<Option<Response>, ExceptionCode> {
        let (spec, answer) = self.plant.poll(unit).ok_or(ExceptionCode::GatewayTargetDevice)?;
        // A silent meter lets the master run into its timeout.
        let Some((after_ms, reading)) = answer else { return Ok(None) };
        if after_ms > 0 {
            tokio::time::sleep(Duration::from_millis(after_ms)).await;
        }
        Ok(Some(match request {
            Request::ReadInputRegisters(address, count) => {
                Response::ReadInputRegisters(reading.input(address, count)?)
            }
            Request::ReadHoldingRegisters(address, count) => {
                Response::ReadHoldingRegisters(meter::holding(&spec, address, count)?)
            }
            _ => return Err(ExceptionCode::IllegalFunction),
        }))
    }
}

/// Serves until the listener fails.
pub async fn serve(listener: TcpListener, plant: Arc<Plant>) -> std::io::Result<()> {
    let on_connected = |stream, peer| {
        let bus = Bus { plant: Arc::clone(&plant) };
        async move { accept_tcp_connection(stream, peer, move |_| Ok(Some(bus.clone()))) }
    };
    let on_error = |error| tracing::debug!(%error, "a Modbus connection ended");
    Server::new(listener).serve(&on_connected, on_error).await
}
