//! A client that asks for one page again and again over kept connections, on this machine only.

use anyhow::{Context as _, bail};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A page that takes longer than this will not come.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a stretch of asking came to.
pub(crate) struct Load {
    pub(crate) per_second: f64,
    pub(crate) p99_ms: f64,
}

/// Asks over so many connections at once for so long.
pub(crate) async fn load(
    port: u16,
    path: &'static str,
    connections: usize,
    stretch: Duration,
) -> anyhow::Result<Load> {
    let began = Instant::now();
    let asking = (0..connections).map(|_| {
        tokio::spawn(async move {
            let mut connection = Connection::open(port, path).await?;
            let (mut body, mut delays) = (Vec::new(), Vec::new());
            while began.elapsed() < stretch {
                let asked = Instant::now();
                connection.ask(&mut body).await?;
                delays.push(asked.elapsed());
            }
            anyhow::Ok(delays)
        })
    });
    let mut delays = Vec::new();
    for task in asking.collect::<Vec<_>>() {
        delays.extend(task.await??);
    }
    let took = began.elapsed().as_secs_f64();
    delays.sort_unstable();
    let p99 = delays.get(delays.len() * 99 / 100).context("nothing came")?;
    Ok(Load { per_second: delays.len() as f64 / took, p99_ms: p99.as_secs_f64() * 1_000.0 })
}

/// One page.
pub(crate) async fn get(port: u16, path: &'static str) -> anyhow::Result<String> {
    let mut body = Vec::new();
    Connection::open(port, path).await?.ask(&mut body).await?;
    Ok(String::from_utf8(body)?)
}

struct Connection {
    stream: BufReader<TcpStream>,
    request: Vec<u8>,
    line: Vec<u8>,
}

impl Connection {
    async fn open(port: u16, path: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html\r\n\r\n");
        let stream = BufReader::with_capacity(64 * 1024, stream);
        Ok(Self { stream, request: request.into_bytes(), line: Vec::new() })
    }

    /// Asks for the page; its body replaces what `body` held.
    async fn ask(&mut self, body: &mut Vec<u8>) -> anyhow::Result<()> {
        tokio::time::timeout(PATIENCE, self.exchange(body)).await.context("a page does not come")?
    }

    async fn exchange(&mut self, body: &mut Vec<u8>) -> anyhow::Result<()> {
        self.stream.write_all(&self.request).await?;
        body.clear();
        let status = self.line().await?;
        if !status.starts_with("HTTP/1.1 200") {
            bail!("the answer is {status}");
        }
        let mut length = None;
        loop {
            let line = self.line().await?.to_ascii_lowercase();
            match line.split_once(": ") {
                None => break,
                Some(("content-length", value)) => length = Some(value.parse()?),
                Some(_) => {}
            }
        }
        if let Some(length) = length {
            return self.take(length, body).await;
        }
        loop {
            let size = usize::from_str_radix(&self.line().await?, 16).context("no size of a chunk")?;
            self.take(size, body).await?;
            self.line().await?;
            if size == 0 {
                return Ok(());
            }
        }
    }

    async fn take(&mut self, length: usize, body: &mut Vec<u8>) -> anyhow::Result<()> {
        let start = body.len();
        body.resize(start + length, 0);
        self.stream.read_exact(&mut body[start..]).await?;
        Ok(())
    }

    /// The next line, without its end.
    async fn line(&mut self) -> anyhow::Result<String> {
        self.line.clear();
        if self.stream.read_until(b'\n', &mut self.line).await? == 0 {
            bail!("the server has closed the connection");
        }
        Ok(String::from_utf8_lossy(&self.line).trim_end().to_owned())
    }
}
