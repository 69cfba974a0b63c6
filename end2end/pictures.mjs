// Pictures of the running product: `node pictures.mjs FOLDER [PATH…]`, each page in both themes at two widths.
// Wants GAINSHARE_URL and GAINSHARE_DEMO_PASSWORD; `cargo xtask run` prints both.
import { chromium } from "@playwright/test";

const [folder = "pictures", ...paths] = process.argv.slice(2);
const base = process.env.GAINSHARE_URL ?? "http://localhost:3000";
const email = process.env.GAINSHARE_DEMO_EMAIL ?? "owner@cedar.example";
const pages = paths.length > 0 ? paths : ["/home", "/f/cedar-flower", "/f/cedar-flower/meters", "/f/cedar-flower/import", "/ops/ingest", "/activity", "/settings/people"];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
});
for (const theme of ["light", "dark"]) {
  for (const width of [1440, 390]) {
    const context = await browser.newContext({ baseURL: base, viewport: { width, height: 900 }, colorScheme: theme });
    const page = await context.newPage();
    await page.goto("/sign-in");
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password").fill(process.env.GAINSHARE_DEMO_PASSWORD ?? "");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL("**/home");
    for (const path of pages) {
      await page.goto(path);
      await page.waitForLoadState("networkidle").catch(() => {});
      // Pages with live values say when they are.
      await page.locator(".live-chip[data-status=live]").waitFor({ timeout: 3_000 }).catch(() => {});
      // Charts are drawn when they come into view.
      for (const chart of await page.locator("gs-chart").all()) await chart.scrollIntoViewIfNeeded();
      for (const chart of await page.locator("gs-chart").all()) await chart.and(page.locator("[drawn]")).waitFor({ timeout: 10_000 }).catch(() => {});
      await page.evaluate(() => window.scrollTo(0, 0));
      const name = path.replace(/[?&=/:]+/g, "-").replace(/^-/, "");
      await page.screenshot({ path: `${folder}/${name}-${width}-${theme}.png`, fullPage: true });
    }
    await context.close();
  }
}
await browser.close();
