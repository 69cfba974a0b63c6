// P12: from a reading to its frame in Chromium, while 500 others watch the same facility.
//
// The gateway stamps a reading when it begins to poll; the page notes the time when the frame that carries it arrives.
// Both read the clock of this machine. What lies between is everything: Modbus, the gateway's journal, the broker, the
// commit in PostgreSQL, the fan-out and the browser. Prints one line of JSON.
import { chromium } from "@playwright/test";
import WebSocket from "ws";

const FACILITY = "/f/cedar-flower";
const VIEWERS = 500;
const FRAMES = Number(process.env.FRAMES ?? 60);
const base = process.env.GAINSHARE_URL;

// Runs in the page before its own scripts: notes what is asked for, and when each binary frame comes.
function watch() {
  window.seen = [];
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(...args) {
      super(...args);
      this.addEventListener("message", ({ data }) => {
        const at = performance.timeOrigin + performance.now();
        if (data instanceof ArrayBuffer) window.seen.push([at, [...new Uint8Array(data.slice(0, 64))]]);
      });
    }
    send(data) {
      window.asked = typeof data === "string" ? data : new TextDecoder().decode(data);
      super.send(data);
    }
  };
}

/** Time of the first change in a delta, ms since 1970; none for a snapshot. See crates/domain/src/live.rs. */
function observedAt(bytes) {
  if (bytes[0] !== 1) return undefined;
  let i = 1;
  const unsigned = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = BigInt(bytes[i++]);
      value |= (byte & 127n) << shift;
      if (byte < 128n) return value;
    }
  };
  unsigned(); // topic
  unsigned(); // sequence
  unsigned(); // count
  if ((unsigned() & 1n) === 0n) return undefined;
  const zigzag = unsigned();
  return Number((zigzag >> 1n) ^ -(zigzag & 1n));
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
});
const context = await browser.newContext({ baseURL: base });
await context.addInitScript(watch);
const page = await context.newPage();
await page.goto(`/sign-in?next=${encodeURIComponent(FACILITY)}`);
await page.getByLabel("E-mail").fill("owner@cedar.example");
await page.getByLabel("Password").fill(process.env.GAINSHARE_DEMO_PASSWORD);
await page.getByRole("button", { name: "Sign in" }).click();
await page.locator(".live-chip[data-status=live]").waitFor({ timeout: 30_000 });
await page.waitForFunction(() => window.asked && window.seen.length > 0, undefined, { timeout: 30_000 });

const asked = await page.evaluate(() => window.asked);
const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
let arrived = 0;
const viewers = await Promise.all(
  Array.from({ length: VIEWERS }, () => {
    const socket = new WebSocket(`${base.replace("http", "ws")}/live`, { headers: { Cookie: cookie, Origin: base } });
    socket.on("message", () => (arrived += 1));
    return new Promise((done, failed) => {
      socket.once("error", failed);
      socket.once("open", () => socket.send(asked));
      socket.once("message", () => done(socket));
    });
  }),
);
const others = arrived;
await page.evaluate(() => (window.seen = []));
await page.waitForFunction((count) => window.seen.length >= count, FRAMES, { timeout: 20 * 60_000, polling: 1_000 });

const delays = (await page.evaluate(() => window.seen))
  .map(([at, bytes]) => [at, observedAt(bytes)])
  .filter(([, observed]) => observed !== undefined)
  .map(([at, observed]) => at - observed)
  .sort((a, b) => a - b);
// Every viewer must have had as many frames as the page, or the load was not there.
if ((arrived - others) / VIEWERS < FRAMES * 0.98) throw new Error(`viewers had ${(arrived - others) / VIEWERS} frames each`);
const at = (share) => Math.round(delays[Math.min(delays.length - 1, Math.floor(share * delays.length))]);
console.log(
  JSON.stringify({
    id: "P12", what: "reading to frame in Chromium with 500 other viewers, p99 ms", ratio: at(0.99), must: 500, aim: 100,
    lower_is_better: true, rounds: [at(0.99)], detail: { frames: delays.length, p50_ms: at(0.5), p90_ms: at(0.9), max_ms: at(1) },
  }),
);
for (const socket of viewers) socket.terminate();
await browser.close();
