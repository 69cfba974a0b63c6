//! Many websocket clients in one process, counting what arrives.

use crate::child::{Child, FACILITY};
use anyhow::{Context as _, bail};
use domain::live::Request;
use futures_util::{SinkExt, StreamExt};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Message;

/// Frames on their way at once; below what the server lets a client be behind.
const WINDOW: usize = 4;
/// More frames than any measurement sends.
const FRAMES_MAX: usize = 4_096;

struct Progress {
    /// How many clients have each frame.
    arrived: Vec<AtomicUsize>,
    sent_at: Mutex<Vec<Instant>>,
    delays: Mutex<Vec<Duration>>,
    changed: Notify,
}

/// Connected clients. Dropping them closes the sockets.
pub(crate) struct Clients {
    tasks: Vec<tokio::task::JoinHandle<()>>,
    progress: Arc<Progress>,
}

impl Drop for Clients {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

impl Clients {
    /// Connects and subscribes `count` clients and waits for each one's first answer, where the server gives one.
    pub(crate) async fn connect(port: u16, count: usize) -> anyhow::Result<Self> {
        let progress = Arc::new(Progress {
            arrived: (0..FRAMES_MAX).map(|_| AtomicUsize::new(0)).collect(),
            sent_at: Mutex::default(),
            delays: Mutex::default(),
            changed: Notify::new(),
        });
        let mut tasks = Vec::with_capacity(count);
        for _ in 0..count {
            let (mut socket, _) =
                tokio_tungstenite::connect_async(format!("ws://127.0.0.1:{port}/live")).await?;
            let subscribe = serde_json::to_vec(&Request::Subscribe(vec![FACILITY]))?;
            socket.send(Message::Binary(subscribe.into())).await?;
            // Our server begins with a snapshot; the peer is silent until the first frame.
            let _ = tokio::time::timeout(Duration::from_millis(20), socket.next()).await;
            let progress = progress.clone();
            tasks.push(tokio::spawn(async move {
                let mut frame = 0;
                while let Some(Ok(message)) = socket.next().await {
                    if message.is_binary() {
                        progress.note(frame);
                        frame += 1;
                    }
                }
            }));
        }
        Ok(Self { tasks, progress })
    }

    /// Sends frames with a small window until every client has all of them; deliveries a second.
    pub(crate) async fn deliver_as_fast_as_possible(
        &mut self,
        child: &mut Child,
        frames: usize,
    ) -> anyhow::Result<f64> {
        let first = self.progress.sent_at().len();
        let started = Instant::now();
        for frame in first..first + frames {
            if frame >= first + WINDOW {
                self.all_have(frame - WINDOW).await?;
            }
            self.send(child).await?;
        }
        self.all_have(first + frames - 1).await?;
        Ok((frames * self.tasks.len()) as f64 / started.elapsed().as_secs_f64())
    }

    /// Sends frames at a fixed rate; the 99th percentile of a delivery, ms.
    pub(crate) async fn deliver_at_rate(
        &mut self,
        child: &mut Child,
        frames: usize,
        every: Duration,
    ) -> anyhow::Result<f64> {
        let first = self.progress.sent_at().len();
        self.progress.delays().clear();
        let mut timer = tokio::time::interval(every);
        for _ in 0..frames {
            timer.tick().await;
            self.send(child).await?;
        }
        self.all_have(first + frames - 1).await?;
        let mut delays = self.progress.delays().clone();
        delays.sort_unstable();
        let p99 = delays.get(delays.len() * 99 / 100).context("nothing arrived")?;
        Ok(p99.as_secs_f64() * 1_000.0)
    }

    async fn send(&self, child: &mut Child) -> anyhow::Result<()> {
        self.progress.sent_at().push(Instant::now());
        child.publish().await
    }

    async fn all_have(&self, frame: usize) -> anyhow::Result<()> {
        let everybody = async {
            loop {
                let changed = self.progress.changed.notified();
                if self.progress.arrived[frame].load(Ordering::SeqCst) == self.tasks.len() {
                    return;
                }
                changed.await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(30), everybody).await.is_err() {
            let have = self.progress.arrived[frame].load(Ordering::SeqCst);
            bail!("frame {frame} reached {have} of {} clients", self.tasks.len());
        }
        Ok(())
    }
}

impl Progress {
    fn note(&self, frame: usize) {
        if let Some(sent) = self.sent_at().get(frame) {
            self.delays().push(sent.elapsed());
        }
        self.arrived[frame].fetch_add(1, Ordering::SeqCst);
        self.changed.notify_waiters();
    }

    fn sent_at(&self) -> std::sync::MutexGuard<'_, Vec<Instant>> {
        self.sent_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn delays(&self) -> std::sync::MutexGuard<'_, Vec<Duration>> {
        self.delays.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
