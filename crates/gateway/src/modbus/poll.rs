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

#[cfg(test)]
mod tests {
    use domain::point::Encoding;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};
    use rust_decimal::Decimal;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::super::plan::Field;
    use super::*;

    /// Two registers of a good device: 7 and 8.
    fn good(request: &[u8; 12]) -> Vec<u8> {
        let mut answer = request[..2].to_vec();
        answer.extend([0, 0, 0, 7, request[6], request[7], 4, 0, 7, 0, 8]);
        answer
    }

    fn spoil(answer: &mut Vec<u8>, random: &mut StdRng) {
        match random.random_range(0..4) {
            0 => answer.truncate(random.random_range(0..answer.len())),
            1 => answer.extend((0..random.random_range(1..300)).map(|_| random.random::<u8>())),
            2 => *answer = (0..random.random_range(0..300)).map(|_| random.random()).collect(),
            _ => {
                // From the length on: the transaction matches, the rest does not.
                for _ in 0..random.random_range(1..4) {
                    let at = random.random_range(2..answer.len());
                    answer[at] = random.random();
                }
            }
        }
    }

    #[tokio::test]
    async fn a_device_that_answers_anything_is_survived() {
        const ANSWERS: usize = 600;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address: Arc<str> = listener.local_addr().unwrap().to_string().into();
        tokio::spawn(async move {
            let mut random = StdRng::seed_from_u64(17);
            for number in 0.. {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = [0; 12];
                stream.read_exact(&mut request).await.unwrap();
                let mut answer = good(&request);
                if number < ANSWERS {
                    spoil(&mut answer, &mut random);
                }
                stream.write_all(&answer).await.unwrap();
            }
        });
        let field = |channel, offset| Field {
            channel,
            offset,
            encoding: Encoding::U16,
            scale: Decimal::ONE,
            decimals: 0,
        };
        let read = Read { unit: 1, function: 4, start: 0, count: 2, fields: vec![field(1, 0), field(2, 1)] };
        let mut failed = 0;
        for _ in 0..ANSWERS {
            let (values, silent) = Device::new(Arc::clone(&address), vec![read.clone()]).poll().await;
            assert!(values.is_empty() || values.len() == 2, "{values:?}");
            failed += usize::from(silent);
        }
        assert!(failed > ANSWERS / 3, "most answers were no answer: {failed}");
        let (values, silent) = Device::new(address, vec![read]).poll().await;
        assert_eq!((values, silent), (vec![(1, 7), (2, 8)], false));
    }
}
