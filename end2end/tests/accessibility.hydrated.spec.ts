// Every page, in both themes and at two widths, against the rules of WCAG that a machine can check.
import AxeBuilder from "@axe-core/playwright";
import { expect, facility, people, signIn, test } from "./portal";
import type { Page } from "@playwright/test";

// Each page is looked at four times; the longest table takes axe ten seconds on a slow machine.
test.describe.configure({ timeout: 180_000 });

const WIDTHS = [390, 1440];
const THEMES = ["light", "dark"] as const;

async function check(page: Page, path: string) {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    for (const theme of THEMES) {
      await page.context().addCookies([{ name: "theme", value: theme, url: new URL(page.url()).origin }]);
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
      const found = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]).analyze();
      const broken = found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
      expect(broken, `${path} at ${width} px, ${theme}`).toEqual([]);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(overflow, `${path} at ${width} px scrolls sideways`).toBe(0);
    }
  }
}

for (const path of ["/sign-in", "/sign-in/code", "/reset", "/verify", "/no/such/page"]) {
  test(`${path} breaks no rule`, async ({ page }) => {
    await page.goto("/sign-in");
    await check(page, path);
  });
}

for (const path of [
  "/home",
  "/portfolio",
  "/alerts",
  facility,
  `${facility}/meters`,
  `${facility}/meters?show=silent&q=zzz`,
  `${facility}/import`,
  `${facility}/baselines`,
  `${facility}/performance`,
  `${facility}/compare`,
  `${facility}/savings`,
  `${facility}/savings/bases`,
  `${facility}/reports`,
  `${facility}/reports/new`,
  `${facility}/export`,
  "/downloads",
  `${facility}/weather`,
  `${facility}/production`,
  `${facility}/tariff`,
  `${facility}/alerts`,
  `${facility}/notes`,
  `${facility}/derivation?figure=savings`,
  `${facility}/events`,
  "/ops/ingest",
  "/activity",
  "/settings/people",
  "/settings/security",
  "/settings/tokens",
  "/settings/webhooks",
  "/developers",
]) {
  test(`${path} breaks no rule`, async ({ page }) => {
    await signIn(page, people.owner);
    await check(page, path);
  });
}

test("a room and a point break no rule", async ({ page }) => {
  await signIn(page, people.owner, facility);
  const room = await page.locator(".room-card").first().getByRole("link").getAttribute("href");
  await check(page, room ?? "");
  await page.goto(`${facility}/meters`);
  const point = await page.getByRole("rowheader").getByRole("link").first().getAttribute("href");
  await check(page, point ?? "");
});

test("an import and its load profile break no rule", async ({ page }) => {
  await signIn(page, people.operations, `${facility}/import`);
  await page.getByLabel("Green Button (XML), CSV or Excel file").setInputFiles("tests/fixtures/green-button.xml");
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.getByRole("heading", { name: "Import this file?" })).toBeVisible();
  await check(page, new URL(page.url()).pathname);
  await page.getByRole("button", { name: "Confirm import" }).click();
  const series = await page.getByRole("heading", { level: 2 }).getByRole("link").first().getAttribute("href");
  await check(page, series ?? "");
});

test("the verification of a baseline breaks no rule", async ({ page, browser, baseURL }) => {
  test.slow();
  await signIn(page, people.engineer, `${facility}/baselines`);
  await page.getByRole("button", { name: "Fit models" }).click();
  await expect(page.getByRole("heading", { level: 1, name: /Electricity baseline/ })).toBeVisible({ timeout: 60_000 });
  const baseline = new URL(page.url()).pathname;
  await page.getByText("Pick this one").first().click();
  await page.getByLabel("Why this one").first().fill("It follows the crop.");
  await page.getByRole("button", { name: "Pick", exact: true }).first().click();
  await page.getByRole("button", { name: "Submit for verification" }).click();
  await page.goto(`${baseline}/verification`);
  await page.getByLabel("E-mail").fill(people.verifier.email);
  await page.getByRole("button", { name: "Send the invitation" }).click();
  await page.getByLabel("New comment").fill("See the crop plan.");
  await page.getByRole("button", { name: "Comment", exact: true }).click();
  await expect(page.getByText("See the crop plan.")).toBeVisible();
  await check(page, `${baseline}/verification`);
  const verifier = await (await browser.newContext({ baseURL })).newPage();
  await signIn(verifier, people.verifier, `${baseline}/verification`);
  await check(verifier, `${baseline}/verification`);
  await verifier.context().close();
});

test("the keyboard reaches the content past the navigation", async ({ page }) => {
  await signIn(page, people.owner);
  await page.goto("/home");
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to content" });
  await expect(skip).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("#main")).toBeFocused();
});
