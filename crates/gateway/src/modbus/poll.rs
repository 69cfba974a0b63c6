//! The task of one device address: a TCP connection, and the reads of every unit behind it, tick after tick.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout};
use tokio_modbus::client::{Client, Context, tcp};
use tokio_modbus::slave::{Slave, SlaveContext};
use tokio_modbus::{Request, Response};

use super::Answer;
use super::plan::Read;
use crate::backoff::Backoff;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);
const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_MOST: Duration = Duration::from_secs(60);

/// When something that failed may be tried again.
struct Gate {
    backoff: Backoff,
    closed_until: Option<Instant>,
}

impl Gate {
    fn new() -> Self {
        Self { backoff: Backoff::new(RETRY_FIRST, RETRY_MOST), closed_until: None }
    }

    fn closed(&self) -> bool {
        self.closed_until.is_some_and(|until| Instant::now() < until)
    }

    fn failed(&mut self) {
        self.closed_until = Some(Instant::now() + self.backoff.delay());
    }

    fn worked(&mut self) {
        self.backoff.reset();
        self.closed_until = None;
    }
}

pub(super) struct Device {
    address: Arc<str>,
    reads: Vec<Read>,
    connection: Option<Context>,
    gate: Gate,
    /// Behind one address there may be many units on a serial line; a dead one must not silence the rest.
    units: BTreeMap<u8, Gate>,
}

impl Device {
    pub(super) fn new(address: Arc<str>, reads: Vec<Read>) -> Self {
        let units = reads.iter().map(|r| (r.unit, Gate::new())).collect();
        Self { address, reads, connection: None, gate: Gate::new(), units }
    }

    /// Answers each tick once, until the pollers are dropped.
    pub(super) async fn run(mut self, mut ticks: watch::Receiver<i64>, answers: mpsc::Sender<Answer>) {
        while ticks.changed().await.is_ok() {
            let tick = *ticks.borrow_and_update();
            let (values, silent) = self.poll().await;
            let answer = Answer { address: Arc::clone(&self.address), tick, values, silent };
            if answers.send(answer).await.is_err() {
                return;
            }
        }
    }

    async fn poll(&mut self) -> (Vec<(u32, i64)>, bool) {
        let mut values = Vec::new();
        let mut silent = false;
        let reads = std::mem::take(&mut self.reads);
        for read in &reads {
            if self.units.get(&read.unit).is_some_and(Gate::closed) {
                silent = true;
                continue;
            }
            if !self.connected().await {
                silent = true;
                break;
            }
            match self.request(read).await {
                Ok(words) => {
                    values.extend(words.map(|w| read.values(&w)).unwrap_or_default());
                    if let Some(gate) = self.units.get_mut(&read.unit) {
                        gate.worked();
                    }
                }
                Err(error) => {
                    tracing::debug!(address = %self.address, unit = read.unit, %error, "Modbus read failed");
                    silent = true;
                    // A late answer must not be taken for the next one: begin afresh.
                    self.connection = None;
                    if let Some(gate) = self.units.get_mut(&read.unit) {
                        gate.failed();
                    }
                }
            }
        }
        self.reads = reads;
        (values, silent)
    }

    async fn connected(&mut self) -> bool {
        if self.connection.is_none() && !self.gate.closed() {
            match timeout(CONNECT_TIMEOUT, TcpStream::connect(&*self.address)).await {
                Ok(Ok(stream)) => {
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(address = %self.address, %error, "cannot set TCP_NODELAY");
                    }
                    self.connection = Some(tcp::attach(stream));
                    self.gate.worked();
                }
                failed => {
                    let error = failed.map_or_else(
                        |e| e.to_string(),
                        |r| r.err().map(|e| e.to_string()).unwrap_or_default(),
                    );
                    tracing::debug!(address = %self.address, error, "cannot connect to Modbus device");
                    self.gate.failed();
                }
            }
        }
        self.connection.is_some()
    }

    /// The registers of a read; `Ok(None)` when the device answered that it will not.
    async fn request(&mut self, read: &Read) -> io::Result<Option<Vec<u16>>> {
        let Some(connection) = &mut self.connection else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        connection.set_slave(Slave(read.unit));
        let request = match read.function {
            3 => Request::ReadHoldingRegisters(read.start, read.count),
            _ => Request::ReadInputRegisters(read.start, read.count),
        };
        // `call` and not the typed reads: those trust the device to send as many registers as were asked for.
        let answer = timeout(REQUEST_TIMEOUT, connection.call(request))
            .await
            .map_err(|_| io::ErrorKind::TimedOut)?
            .map_err(io::Error::other)?;
        match answer {
            Ok(Response::ReadHoldingRegisters(words) | Response::ReadInputRegisters(words))
                if words.len() == usize::from(read.count) =>
            {
                Ok(Some(words))
            }
            Ok(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "the device answered something else")),
            Err(exception) => {
                tracing::warn!(address = %self.address, unit = read.unit, register = read.start, %exception, "Modbus device refuses a read");
                Ok(None)
            }
        }
    }
}
