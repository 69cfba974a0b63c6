// Building a report and exporting much, without scripts.
import { gunzipSync } from "node:zlib";
import { expect, facility, people, signIn, test } from "./portal";
import type { Page } from "@playwright/test";

/** Follows the page's own link until nothing is being made any more. */
async function madeBy(page: Page) {
  await expect(async () => {
    const again = page.getByRole("link", { name: "Look again" });
    if (await again.count()) await again.click();
    await expect(again).toHaveCount(0, { timeout: 500 });
  }).toPass({ timeout: 90_000 });
}

test("a report is built and its choices kept as a template; where there are no figures it says so", async ({ page }) => {
  test.slow();
  await signIn(page, people.owner, `${facility}/reports/new`);
  const name = `Board ${Date.now()}`;
  await page.getByLabel("Title").fill(name);
  await page.getByLabel("Note on the first page").fill("For the meeting.");
  await page.getByLabel("Months", { exact: true }).check();
  await page.getByLabel("Energy in").selectOption("mwh");
  await page.getByLabel("Days as").selectOption("iso");
  await page.getByLabel("Name of the template").fill(name);
  await page.getByRole("button", { name: "Save as a template" }).click();
  await expect(page.getByRole("status")).toContainText("The template is saved.");

  const library = page.locator("#templates li", { hasText: name });
  await library.getByRole("link", { name: "Use" }).click();
  await expect(page.getByLabel("Title")).toHaveValue(name);
  await expect(page.getByLabel("Months", { exact: true })).toBeChecked();
  await page.getByRole("button", { name: "Make the report" }).click();
  await expect(page.getByRole("status")).toContainText("is being made");
  await madeBy(page);
  // No baseline counts here yet, and last month is before any will: the job says so, and can be tried again.
  await expect(page.getByText("There are no figures for these days and metrics.").first()).toBeVisible();
  await expect(page.getByRole("button", { name: /^Try again/ }).first()).toBeVisible();

  await page.goto(`${facility}/reports`);
  await library.getByLabel("Another name").fill(`${name} again`);
  await library.getByRole("button", { name: "Rename" }).click();
  await library.getByRole("button", { name: "Delete" }).click();
  await expect(page.locator("li", { hasText: name })).toHaveCount(0);
});

test("an export of more than 100,000 rows waits in the download centre, for its owner alone", async ({ page, browser, baseURL }) => {
  test.slow();
  await signIn(page, people.owner, `${facility}/meters`);
  await page.getByRole("link", { name: "Export data" }).click();
  await page.getByLabel("Width of intervals").selectOption("5m");
  await page.getByLabel("File").selectOption("csv.gz");
  await page.getByRole("button", { name: "Export" }).click();
  await expect(page.getByRole("status")).toContainText("It is long");
  await madeBy(page);
  const row = page.getByRole("row", { name: /intervals-5m/ }).first();
  await expect(row).toContainText("Made");
  const href = (await row.getByRole("link", { name: "Download" }).getAttribute("href")) ?? "";
  const text = gunzipSync(await (await page.request.get(href)).body()).toString();
  const rows = text.split("\r\n").filter((line) => line && !line.startsWith("#")).length - 1;
  expect(rows).toBeGreaterThan(100_000);

  const other = await (await browser.newContext({ baseURL })).newPage();
  await signIn(other, people.finance, "/downloads");
  expect((await other.request.get(href)).status()).toBe(404);
  await other.context().close();
  await row.getByRole("button", { name: /Delete/ }).click();
  await expect(page.getByRole("status")).toContainText("It is deleted.");
  expect((await page.request.get(href)).status()).toBe(404);
});
