// A baseline's way through a third party: rejected, made anew, looked at, signed, accepted.
import { readFile } from "node:fs/promises";
import type { Browser, Page } from "@playwright/test";
import { expect, facility, hydrated, people, signIn, test, totp, type Account } from "./portal";
import { press, reach, tick, write } from "./keyboard";
import { check } from "./rules";

// The journeys act as the one demonstration verifier, and fitting takes its time.
test.describe.configure({ mode: "serial", timeout: 240_000 });

/** A signed-in page of its own for another person. */
async function as(browser: Browser, baseURL: string | undefined, account: Account, next: string): Promise<Page> {
  const page = await (await browser.newContext({ baseURL })).newPage();
  await signIn(page, account, next);
  return page;
}

const said = (page: Page, text: RegExp) => expect(page.getByRole("status").filter({ hasText: text })).toBeVisible();

/** A stranger checks a bundle with and without scripts; a byte that was flipped in it is told with the name of its file. */
async function checkedByAnybody(browser: Browser, baseURL: string | undefined, bundle: Buffer) {
  const forged = Buffer.from(bundle);
  forged[forged.indexOf('"actual"') + 1] ^= 1;
  for (const javaScriptEnabled of [true, false]) {
    const page = await (await browser.newContext({ baseURL, javaScriptEnabled })).newPage();
    for (const [buffer, verdict, found] of [
      [bundle, "Everything holds", "fitted again"],
      [forged, "does not hold", "was changed"],
    ] as const) {
      await page.goto("/verify");
      await page.getByLabel("Statement bundle").setInputFiles({ name: "bundle.zip", mimeType: "application/zip", buffer });
      await page.getByRole("button", { name: "Check the file" }).click();
      await expect(page.getByRole("status").filter({ hasText: verdict })).toBeVisible({ timeout: 60_000 });
      await expect(page.locator(".checks li", { hasText: found }).first()).toBeVisible();
    }
    await page.context().close();
  }
}

/** Uploads what the main meter measured in these days as a utility's portal would give it, under this name. */
async function upload(page: Page, series: string, from: string, until: string) {
  await page.goto(`${facility}/meters?q=main+meter+energy`);
  const meter = (await page.getByRole("rowheader").getByRole("link").first().getAttribute("href"))?.split("/").pop();
  const csv = await page.request.get(`${facility}/points/${meter}.csv?range=${from}..${until}&interval=1h`);
  const rows = (await csv.text()).split("\r\n").filter((line) => /^\d{4}-/.test(line)).map((line) => line.split(","));
  expect(rows.length).toBeGreaterThan(60 * 24);
  const hours = rows.map(([, , start, , kwh]) => `${start.slice(0, 16).replace("T", " ")},${kwh}`);
  const buffer = Buffer.from(["Time (UTC),Usage (kWh)", ...hours].join("\n"));

  await page.goto(`${facility}/import`);
  await page.getByLabel("Green Button (XML), CSV or Excel file").setInputFiles({ name: "hours.csv", mimeType: "text/csv", buffer });
  await page.getByRole("button", { name: "Preview" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Name of the meter").fill(series);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Check the rows" }).click();
  await page.getByRole("button", { name: "Add it up" }).click();
  await page.getByRole("button", { name: "Confirm import" }).click();
  await expect(page.locator(".page-head .badge")).toHaveText("Imported");
}

/** Fits a baseline, picks a model, hands it in and invites the verifier; the address of its page. */
async function handIn(page: Page, fill: (page: Page) => Promise<void> = async () => {}): Promise<string> {
  await page.goto(`${facility}/baselines`);
  await fill(page);
  await page.getByRole("button", { name: "Fit models" }).click();
  await expect(page.getByRole("heading", { level: 1, name: /Electricity baseline v\d+/ })).toBeVisible({ timeout: 120_000 });
  const baseline = new URL(page.url()).pathname;
  await page.getByText("Pick this one").first().click();
  await page.getByLabel("Why this one").first().fill("It follows what the crop was given.");
  await page.getByRole("button", { name: "Pick", exact: true }).first().click();
  await page.getByRole("button", { name: "Submit for verification" }).click();
  await said(page, /submitted/);
  await page.goto(`${baseline}/verification`);
  await page.getByLabel("E-mail").fill(people.verifier.email);
  await page.getByRole("button", { name: "Send the invitation" }).click();
  await said(page, /Invited/);
  return baseline;
}

test("a verifier rejects a baseline, and a new one takes its place", async ({ page, browser, baseURL }) => {
  await signIn(page, people.engineer, facility);
  const baseline = await handIn(page);
  const verifier = await as(browser, baseURL, people.verifier, `${baseline}/verification`);
  await verifier.getByRole("button", { name: "Begin verification" }).click();
  await said(verifier, /Done/);
  await verifier.getByLabel("New comment").fill("These weeks are left out without a reason.");
  await verifier.getByRole("button", { name: "Comment", exact: true }).click();
  await said(verifier, /comment/);

  // Asked for changes first: the same baseline is worked on and handed in again, and the comment is still there.
  await verifier.getByLabel("What has to change, or why you refuse it").fill("Say why the weeks are left out.");
  await verifier.getByRole("button", { name: "Request changes" }).click();
  await said(verifier, /Done/);
  await page.goto(baseline);
  await page.getByRole("button", { name: "Work on it again" }).click();
  await said(page, /draft/);
  await page.getByRole("button", { name: "Submit for verification" }).click();
  await said(page, /submitted/);
  await verifier.reload();
  await expect(verifier.getByText("These weeks are left out without a reason.")).toBeVisible();

  await verifier.getByLabel("What has to change, or why you refuse it").fill("The period is not a whole cycle.");
  await verifier.getByRole("button", { name: "Reject" }).click();
  await said(verifier, /Done/);
  await expect(verifier.locator(".page-head .badge")).toHaveText("Rejected");
  await page.goto(baseline);
  await expect(page.getByRole("button", { name: /Submit|Work on it/ })).toHaveCount(0);
  await page.goto(`${facility}/baselines`);
  await expect(page.getByRole("button", { name: "Fit models" })).toBeVisible();
  await verifier.context().close();
});

test("an uploaded year: a verifier looks, asks, signs, the other side accepts, and savings count", async ({ page, browser, baseURL }) => {
  await signIn(page, people.engineer, facility);
  // The two months that the demonstration has, up to yesterday; savings count from today.
  const today = new Date();
  const day = (back: number) => new Date(today.getTime() - back * 86_400_000).toISOString().slice(0, 10);
  await upload(page, "Utility before the measure", day(62), day(1));
  const baseline = await handIn(page, async (page) => {
    const series = page.getByLabel("Measured by").locator("option", { hasText: "Utility before the measure" });
    await page.getByLabel("Measured by").selectOption(await series.getAttribute("value"));
    await page.getByLabel("First day").fill(day(61));
    await page.getByLabel("Day after the last").fill(day(1));
    await page.getByLabel("Savings from").fill(day(1));
  });
  const verifier = await as(browser, baseURL, people.verifier, `${baseline}/verification`);

  // Everything is there to look at, and nothing to change.
  await verifier.getByRole("link", { name: "Model, fit and inputs" }).click();
  await expect(verifier.getByRole("heading", { level: 1, name: /Electricity baseline/ })).toBeVisible();
  await expect(verifier.getByText("Measured by the utility: Utility before the measure.")).toBeVisible();
  await expect(verifier.getByRole("main").getByRole("button", { name: /Submit|Withdraw|Accept|Pick/ })).toHaveCount(0);
  // The engine in the verifier's own browser says what the server says.
  await verifier.getByRole("button", { name: "Recompute in my browser" }).click();
  await expect(verifier.getByText("Equal to the server, to the last digit.")).toBeVisible({ timeout: 60_000 });
  await expect(verifier.getByRole("main").getByRole("listitem").filter({ hasText: ": the same" })).toHaveCount(2);

  await verifier.goto("/settings/security");
  await verifier.getByRole("button", { name: /Set it up|Start over/ }).click();
  const secret = (await verifier.locator("dd.hash").first().innerText()).replaceAll(" ", "");
  await verifier.getByRole("textbox", { name: "Code" }).fill(totp(secret));
  await verifier.getByRole("button", { name: "Turn it on" }).click();
  const recovery = await verifier.locator("li code").allInnerTexts();
  expect(recovery).toHaveLength(10);

  await verifier.goto(`${baseline}/verification`);
  await verifier.getByRole("button", { name: "Begin verification" }).click();
  await said(verifier, /Done/);
  await verifier.getByLabel("New comment").fill("Why is this month so high?");
  await verifier.getByLabel("First day").fill("2026-01-01");
  await verifier.getByLabel("Last day").fill("2026-01-31");
  await verifier.getByRole("button", { name: "Comment", exact: true }).click();
  await said(verifier, /comment/);

  const owner = await as(browser, baseURL, people.owner, `${baseline}/verification`);
  await expect(owner.getByText("2026-01-01 to 2026-01-31")).toBeVisible();
  await owner.locator(".thread summary", { hasText: "Answer" }).click();
  await owner.getByLabel("Your answer").fill("Two rooms ran a second crop.");
  await owner.getByRole("button", { name: "Send the answer" }).click();
  await said(owner, /comment/);

  // Closing the browser loses no draft.
  await verifier.reload();
  await verifier.getByRole("button", { name: "Settled" }).click();
  await said(verifier, /Saved/);
  await verifier.getByRole("group", { name: /No driver of the model/ }).getByLabel("Yes").check();
  await verifier.getByRole("button", { name: "Save the draft" }).click();
  await said(verifier, /Saved/);
  await verifier.goto(`${baseline}/verification`);
  await expect(verifier.getByRole("group", { name: /No driver of the model/ }).getByLabel("Yes")).toBeChecked();
  await expect(verifier.getByText("9 of 10 questions are not answered.")).toBeVisible();
  await expect(verifier.getByRole("button", { name: "Sign and verify" })).toHaveCount(0);
  // The rest of it without a mouse, up to the signature.
  for (const yes of await verifier.getByRole("radio", { name: "Yes" }).all()) await tick(verifier, yes);
  await tick(verifier, verifier.getByLabel("I have none"));
  await press(verifier, verifier.getByRole("button", { name: "Save the draft" }));
  await said(verifier, /Saved/);

  // Something changes while the page is open: what was not seen is not signed.
  await owner.getByLabel("New comment").fill("One more thing.");
  await owner.getByRole("button", { name: "Comment", exact: true }).click();
  await said(owner, /comment/);
  const sign = async (how: string) => {
    await write(verifier, verifier.getByLabel("Your full name"), "Demo Verifier");
    await write(verifier, verifier.getByLabel("Code of your second factor"), how);
    await press(verifier, verifier.getByRole("button", { name: "Sign and verify" }));
  };
  await sign(recovery[0]);
  await said(verifier, /something is different/);
  await expect(verifier.getByText("One more thing.")).toBeVisible();
  await sign(recovery[0]);
  await said(verifier, /Signed/);
  await expect(verifier.getByText("The signature holds, and nothing it covers has changed since.")).toBeVisible();

  const download = owner.waitForEvent("download");
  await owner.reload();
  await owner.getByRole("link", { name: "Download the dossier" }).click();
  const file = JSON.parse(await readFile(await (await download).path(), "utf8"));
  expect(file.record.typed_name).toBe("Demo Verifier");
  expect(file.record.second_factor).toBe("recovery_code");
  await expect(owner.locator(".hash", { hasText: file.record.dossier_sha256 }).first()).toBeVisible();
  await owner.goto(baseline);
  await owner.getByRole("button", { name: "Accept and activate" }).click();
  await said(owner, /active/);

  // The day that is running is computed within seconds, and its figures lead to what they were made of.
  const newest = owner.getByRole("table", { name: "Savings by day, newest first" }).getByRole("row").nth(1);
  await expect(async () => {
    await owner.goto(`${facility}/savings`);
    await expect(newest).toContainText("Live", { timeout: 2_000 });
  }).toPass({ timeout: 60_000 });
  await expect(newest).toContainText(/\d kWh/);
  await newest.getByRole("link").click();
  await expect(owner.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(owner.getByText(/What it was computed from|Quarter hours/i).first()).toBeVisible();

  // The browser computes the day again, and a quarter hour of it leads to the meter's readings.
  await owner.getByRole("button", { name: "Recompute in my browser" }).click();
  await expect(owner.getByText("Equal to the server, to the last digit.")).toBeVisible();
  await owner.getByText("Every quarter hour, down to its readings").click();
  await owner.getByRole("table", { name: "Quarter hours of the day" }).getByRole("link").first().click();
  await expect(owner.getByRole("table", { name: /^Readings of / }).getByRole("row").nth(1)).toContainText("envelope");

  // The dashboard says what it is worth and who gets it, and the month is frozen as a report.
  await owner.goto(`${facility}/performance?range=today`);
  const equation = owner.getByRole("list").filter({ hasText: "Vendor share" });
  await expect(equation).toContainText("Baseline cost");
  await expect(equation).toContainText(/You keep.*\d\.\d\d/);
  // A figure opens over the dashboard: Esc leads back to it, the address to the drawer, and a day of it to the day's page.
  await hydrated(owner);
  const figure = owner.getByRole("link", { name: "Verified savings" });
  const drawer = owner.getByRole("dialog", { name: "Verified savings" });
  await figure.click();
  await expect(drawer).toContainText("What adds up to it");
  await expect(owner).toHaveURL(/derive=savings/);
  await owner.keyboard.press("Escape");
  await expect(drawer).toBeHidden();
  await expect(owner).not.toHaveURL(/derive=/);
  await expect(figure).toBeFocused();
  await owner.goto(`${facility}/performance?range=today&derive=savings`);
  await expect(drawer).toContainText("What adds up to it");
  await hydrated(owner);
  await drawer.getByRole("link", { name: "Baseline cost" }).click();
  await expect(owner.getByRole("dialog", { name: "Baseline cost" })).toContainText("Expected use of 1 day");
  await owner.goBack();
  await drawer.getByRole("link", { name: /^\d{4}-\d\d-\d\d$/ }).first().click();
  await expect(owner.getByRole("heading", { level: 1, name: /^Electricity on / })).toBeVisible();
  // The running quarter hour comes in by itself.
  await owner.goto(`${facility}/performance?range=today`);
  const course = owner.locator("gs-chart").first();
  await expect(course).toHaveAttribute("option", /Running quarter hour, so far/, { timeout: 60_000 });
  const drawn = await course.getAttribute("option");
  await expect(course).not.toHaveAttribute("option", drawn ?? "", { timeout: 60_000 });
  await owner.getByRole("link", { name: "Previous period" }).click();
  await expect(owner.getByRole("heading", { name: "Actual against previous period" })).toBeVisible();
  await owner.goto(`${facility}/reports/new`);
  // Today is of the running month, the first of them.
  await owner.getByLabel("Range").selectOption({ index: 0 });
  await owner.getByRole("button", { name: "Make the report" }).click();
  await said(owner, /being made/);
  // The page hears by itself that it is made, and lists it.
  await expect(owner.getByRole("link", { name: "Open the report" }).first()).toBeVisible({ timeout: 60_000 });
  await expect(owner.getByRole("table", { name: "Reports, newest first" })).toBeVisible();
  const pdf = await owner.getByRole("link", { name: "PDF" }).first().getAttribute("href");
  const downloaded = await owner.request.get(pdf ?? "");
  expect((await downloaded.body()).subarray(0, 5).toString()).toBe("%PDF-");
  await owner.getByRole("table", { name: "Reports, newest first" }).getByRole("row").nth(1).getByRole("link").first().click();
  await expect(owner.getByText("SHA-256 of its sources")).toBeVisible();
  const bundle = await owner.getByRole("link", { name: "Signed bundle" }).getAttribute("href");
  await checkedByAnybody(browser, baseURL, await (await owner.request.get(bundle ?? "")).body());

  // Signing in asks for the code now; then the account is as it was.
  const again = await (await browser.newContext({ baseURL })).newPage();
  await again.goto("/sign-in");
  await again.getByLabel("E-mail").fill(people.verifier.email);
  await again.getByLabel("Password").fill(process.env.GAINSHARE_DEMO_PASSWORD ?? "");
  await again.getByRole("button", { name: "Sign in" }).click();
  await expect(again.getByRole("heading", { level: 1, name: "Enter your code" })).toBeVisible();
  await again.getByRole("textbox", { name: "Code" }).fill(recovery[1]);
  await again.getByRole("button", { name: "Sign in" }).click();
  await again.goto("/settings/security");
  await again.getByLabel("Code of the app, or a recovery code").fill(recovery[2]);
  await again.getByRole("button", { name: "Turn it off" }).click();
  await said(again, /off/);
  for (const one of [again, verifier, owner]) await one.context().close();
});

test("by keyboard: from signing in to the reading behind a figure, and a report", async ({ page }) => {
  await page.goto("/sign-in");
  await write(page, page.getByLabel("E-mail"), people.owner.email);
  await write(page, page.getByLabel("Password"), process.env.GAINSHARE_DEMO_PASSWORD ?? "");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/home");
  await hydrated(page);
  await press(page, page.locator(".facility-card").filter({ has: page.locator(`a[href="${facility}"]`) }).getByRole("link").first());
  await page.waitForURL(`**${facility}`);
  await hydrated(page);
  await press(page, page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Performance" }));
  await expect(page.getByRole("heading", { level: 1, name: "Performance" })).toBeVisible();
  // Savings count since yesterday, which is of the month before on the first day of one.
  await press(page, page.getByRole("table", { name: "Savings by day, newest first" }).getByRole("rowheader").getByRole("link").first());
  await expect(page).toHaveURL(/\/savings\/electricity\/\d{4}-\d\d-\d\d$/);
  await press(page, page.getByText("Every quarter hour, down to its readings"));
  await press(page, page.getByRole("table", { name: "Quarter hours of the day" }).getByRole("link").first());
  const readings = page.getByRole("table", { name: /^Readings of / });
  await expect(readings.getByRole("row").nth(1)).toContainText("envelope");
  await page.goBack();
  await expect(page).toHaveURL(/\/savings\/electricity\/\d{4}-\d\d-\d\d$/);

  await press(page, page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Reports" }));
  await press(page, page.getByRole("link", { name: "New report" }));
  const range = page.getByLabel("Range");
  await reach(page, range);
  // Last month is chosen beforehand; the running one is above it.
  await page.keyboard.press("ArrowUp");
  await expect(range.locator("option").first()).toHaveJSProperty("selected", true);
  await press(page, page.getByRole("button", { name: "Make the report" }));
  await said(page, /being made/);
});

test("pages with figures break no rule", async ({ page }) => {
  test.slow();
  await signIn(page, people.owner, `${facility}/savings`);
  await check(page, `${facility}/savings`);
  await check(page, "/portfolio");
  await check(page, `${facility}/performance?range=today`);
  await check(page, `${facility}/performance?range=today&compare=previous`);
  const day = await page.request.get(`${facility}/savings`);
  const address = /\/f\/cedar-flower\/savings\/electricity\/\d{4}-\d\d-\d\d(?=")/.exec(await day.text())?.[0] ?? "";
  await check(page, address, "/f/:facility/savings/:metric/:day");
  await page.getByText("Every quarter hour, down to its readings").click();
  const quarter = await page.getByRole("table", { name: "Quarter hours of the day" }).getByRole("link").first().getAttribute("href");
  await check(page, quarter ?? "", "/f/:facility/savings/:metric/:day/:start");
  await page.goto(`${facility}/reports`);
  const report = await page.getByRole("table", { name: "Reports, newest first" }).getByRole("row").nth(1).getByRole("link").first().getAttribute("href");
  await check(page, report ?? "", "/f/:facility/reports/:report");
});
