// Signs in, finds a report and a day, and has Lighthouse look at the dashboard, the report and the day's derivation. Prints a line
// of JSON for each page and category: the median of three looks.
import { writeFileSync } from "node:fs";
import lighthouse from "lighthouse";
import { launch } from "chrome-launcher";

const { GAINSHARE_URL: origin, GAINSHARE_DEMO_PASSWORD: password, CHROMIUM: chromePath, OUT: out } = process.env;
const LOOKS = 3;

const form = (path, fields, cookie = "") =>
  fetch(origin + path, {
    method: "POST",
    redirect: "manual",
    headers: { origin, cookie, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(fields),
  });

const signedIn = await form("/session/sign-in", { email: "owner@cedar.example", password, next: "" });
const cookie = signedIn.headers.getSetCookie()[0]?.split(";")[0];
if (!cookie) throw new Error(`sign-in answered ${signedIn.status}`);
const page = async (path) => (await fetch(origin + path, { headers: { cookie } })).text();

const facility = "/f/cedar-flower";
const last = new Date();
last.setUTCDate(0);
const month = last.toISOString().slice(0, 7);
await form(`${facility}/reports`, { month: `${month}-01`, paper: "a4", decimal: "point", delimiter: "comma" }, cookie);
const report = /\/f\/cedar-flower\/reports\/[0-9a-f-]{36}(?=")/.exec(await page(`${facility}/reports`))?.[0];
const day = `${facility}/savings/electricity/${month}-15`;
if (!report) throw new Error("no report was made");

const pages = { dashboard: `${facility}/performance?range=${month}`, report, derivation: day };
const chrome = await launch({ chromePath, chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
for (const [name, path] of Object.entries(pages)) {
  const html = await page(path);
  if (!html.includes("<h1")) throw new Error(`${path} is no page`);
  const scores = {};
  for (let look = 0; look < LOOKS; look += 1) {
    const { lhr, report: text } = await lighthouse(origin + path, {
      port: chrome.port,
      output: "json",
      preset: "desktop",
      formFactor: "desktop",
      screenEmulation: { mobile: false, width: 1350, height: 940, deviceScaleFactor: 1, disabled: false },
      throttling: { rttMs: 40, throughputKbps: 10_240, cpuSlowdownMultiplier: 1, requestLatencyMs: 0, downloadThroughputKbps: 0, uploadThroughputKbps: 0 },
      extraHeaders: { Cookie: cookie },
      disableStorageReset: true,
      onlyCategories: ["performance", "accessibility", "best-practices"],
    });
    writeFileSync(`${out}/lighthouse-${name}.json`, text);
    for (const [id, { score }] of Object.entries(lhr.categories)) (scores[id] ??= []).push(Math.round((score ?? 0) * 100));
  }
  for (const [id, values] of Object.entries(scores)) {
    const what = `Lighthouse, desktop: ${name}, ${id.replace("-", " ")}`;
    const rounds = [...values];
    console.log(JSON.stringify({ id: `lighthouse-${name}-${id}`, what, ratio: median(values), must: 95, aim: 100, lower_is_better: false, rounds }));
  }
}
await chrome.kill();
