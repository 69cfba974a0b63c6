import { defineConfig, devices } from "@playwright/test";

// `cargo xtask test` starts a product of its own and says here where it is.
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  timeout: 60_000,
  globalTimeout: 40 * 60_000,
  expect: { timeout: 15_000 },
  // The server under test and the browser share the machine's cores.
  workers: 2,
  forbidOnly: true,
  // A page that the server renders under load now and then never ends; the second try is listed as flaky.
  retries: 1,
  use: {
    ...devices["Desktop Chrome"],
    baseURL: process.env.GAINSHARE_URL ?? "http://localhost:3000",
    launchOptions: { executablePath, args },
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
  },
  projects: [
    // What the server sends is enough to read every page.
    { name: "ssr", testMatch: /.*\.ssr\.spec\.ts/, use: { javaScriptEnabled: false } },
    { name: "hydrated", testMatch: /.*\.hydrated\.spec\.ts/ },
  ],
});
