// Journeys without a mouse. Two more are in verification.hydrated.spec.ts, where there are a baseline to sign and savings to follow.
import { expect, facility, people, signIn, test } from "./portal";
import { hand, press, write } from "./keyboard";

test("by keyboard: an import is finished", async ({ page }) => {
  test.setTimeout(120_000);
  await page.goto("/sign-in?next=/f/lakeside-lettuce/import");
  await write(page, page.getByLabel("E-mail"), people.engineer.email);
  await write(page, page.getByLabel("Password"), process.env.GAINSHARE_DEMO_PASSWORD ?? "");
  await press(page, page.getByRole("button", { name: "Sign in" }));
  await page.waitForURL("**/f/lakeside-lettuce/import");
  const hours = Array.from({ length: 48 }, (_, hour) => `2024-05-0${1 + Math.floor(hour / 24)} ${String(hour % 24).padStart(2, "0")}:00,2.5`);
  const buffer = Buffer.from(["Time (UTC),Usage (kWh)", ...hours].join("\n"));
  await hand(page, page.getByLabel("Green Button (XML), CSV or Excel file"), { name: "hours.csv", mimeType: "text/csv", buffer });
  await press(page, page.getByRole("button", { name: "Preview" }));
  await expect(page.getByRole("heading", { name: "Which row has the headings?" })).toBeVisible();
  await press(page, page.getByRole("button", { name: "Continue" }));
  await write(page, page.getByLabel("Name of the meter"), "Meter by keyboard");
  await press(page, page.getByRole("button", { name: "Continue" }));
  await press(page, page.getByRole("button", { name: "Check the rows" }));
  await press(page, page.getByRole("button", { name: "Add it up" }));
  await expect(page.getByText("120.00 kWh")).toBeVisible();
  await press(page, page.getByRole("button", { name: "Confirm import" }));
  await expect(page.locator(".page-head .badge")).toHaveText("Imported");
});

test("by keyboard: an alarm is acknowledged", async ({ page }) => {
  test.setTimeout(240_000);
  await signIn(page, people.owner, `${facility}/alerts`);
  const form = page.locator("#new");
  const meter = form.getByLabel("when", { exact: true }).locator("option", { hasText: /main meter power/i });
  await form.getByLabel("when", { exact: true }).selectOption(await meter.first().getAttribute("value"));
  await form.getByLabel("it", { exact: true }).selectOption("above");
  await form.getByLabel("value", { exact: true }).fill("1");
  await form.getByLabel("for minutes").fill("1");
  await form.getByRole("button", { name: "Add the rule" }).click();
  await expect(page.getByRole("status").filter({ hasText: "in force" })).toBeVisible();
  const alarm = page.locator("li", { has: page.getByLabel("A word to the others") }).first();
  await expect(async () => {
    await page.reload();
    await expect(alarm).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 180_000 });
  await page.goto(`${facility}/alerts`);
  await write(page, alarm.getByLabel("A word to the others"), "Seen without a mouse.");
  await press(page, alarm.getByRole("button", { name: "Acknowledge" }));
  await expect(page.locator("li", { hasText: "Seen without a mouse." }).locator(".badge", { hasText: "Acknowledged" })).toBeVisible();
  const rule = page.locator("li", { hasText: "for 1 min" }).filter({ has: page.getByRole("button", { name: "Take away" }) });
  await press(page, rule.getByRole("button", { name: "Take away" }));
  await expect(rule).toHaveCount(0);
});
