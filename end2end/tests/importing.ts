// A year of hours of which 37 rows cannot be read, imported step by step, each step in a browser of its own: closing one
// loses nothing.
import type { Browser, Page } from "@playwright/test";
import { expect, people, signIn } from "./portal";

const facility = "/f/lakeside-lettuce";

/** 8 760 hours in UTC with 1.5 kWh each; 36 values and one time cannot be read. */
function year(): string {
  const lines = ["Time (UTC),Usage (kWh)"];
  for (let hour = 0; hour < 8760; hour++) {
    const at = new Date(Date.UTC(2025, 0, 1, hour)).toISOString().slice(0, 16).replace("T", " ");
    const value = hour % 240 === 17 && hour / 240 < 36 ? "n/a" : "1.5";
    lines.push(`${hour === 5000 ? "someday" : at},${value}`);
  }
  return lines.join("\n");
}

export async function importYear(
  browser: Browser,
  options: { baseURL?: string; javaScriptEnabled?: boolean },
  series: string,
  look: (page: Page) => Promise<void> = async () => {},
) {
  let address = `${facility}/import`;
  /** Does a step in a browser that is closed afterwards. */
  const step = async (act: (page: Page) => Promise<void>) => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    await signIn(page, people.engineer, address);
    await look(page);
    await act(page);
    address = new URL(page.url()).pathname;
    await context.close();
  };
  await step(async (page) => {
    await page.getByLabel("Green Button (XML), CSV or Excel file").setInputFiles({ name: "year.csv", mimeType: "text/csv", buffer: Buffer.from(year()) });
    await page.getByRole("button", { name: "Preview" }).click();
    await expect(page.getByRole("heading", { name: "Which row has the headings?" })).toBeVisible();
    await expect(page.getByLabel("Row of the headings")).toHaveValue("1");
  });
  await step(async (page) => {
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(page.getByRole("heading", { name: "What do the columns mean?" })).toBeVisible();
  });
  await step(async (page) => {
    await expect(page.getByLabel("Usage (kWh)")).toHaveValue("value");
    await page.getByLabel("Name of the meter").fill(series);
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(page.getByRole("heading", { name: "What do dates, times and numbers mean?" })).toBeVisible();
  });
  await step(async (page) => {
    await expect(page.getByLabel("UTC", { exact: true })).toBeChecked();
    await page.getByRole("button", { name: "Check the rows" }).click();
    await expect(page.getByText("37 rows of 8,760 rows cannot be read.")).toBeVisible();
  });
  await step(async (page) => {
    await page.getByLabel("Row 19", { exact: true }).fill("1.5");
    await page.getByRole("button", { name: "Save and check again" }).click();
    await expect(page.getByText("36 rows of 8,760 rows cannot be read.")).toBeVisible();
  });
  await step(async (page) => {
    await page.getByRole("button", { name: "Leave out 36 rows" }).click();
    await expect(page.getByRole("heading", { name: "All 8,724 rows can be read" })).toBeVisible();
  });
  await step(async (page) => {
    await page.getByRole("button", { name: "Add it up" }).click();
    await expect(page.getByRole("heading", { name: "Import this file?" })).toBeVisible();
    await expect(page.getByText("13,086.00 kWh")).toBeVisible();
  });
  await step(async (page) => {
    await page.getByRole("button", { name: "Confirm import" }).click();
    await expect(page.locator(".page-head .badge")).toHaveText("Imported");
  });
}
