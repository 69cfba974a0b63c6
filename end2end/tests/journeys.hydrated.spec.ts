// What people come for, with scripts on.
import { readFile } from "node:fs/promises";
import { expect, facility, hydrated, loud, people, signIn, test } from "./portal";

test("from signing in to a value that moves, within ten seconds", async ({ page }) => {
  await signIn(page, people.owner);
  await page.getByRole("link", { name: "Cedar", exact: false }).first().click();
  await expect(page).toHaveURL(/\/f\/cedar-flower$/);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.locator(".live-chip")).toHaveAttribute("data-status", "live", { timeout: 10_000 });
  // A steady load may read the same twice; the time of the reading behind the figure cannot.
  const power = page.locator(".stat", { hasText: "Power now" }).locator(".live-figure");
  const before = (await power.getAttribute("data-at")) ?? "";
  await expect(power).not.toHaveAttribute("data-at", before, { timeout: 10_000 });
});

test("the live chart is drawn and follows the readings", async ({ page }) => {
  await signIn(page, people.owner, facility);
  const chart = page.locator("gs-chart").first();
  await expect(chart).toHaveAttribute("drawn", "");
  const before = await chart.getAttribute("option");
  await expect(chart).not.toHaveAttribute("option", before ?? "", { timeout: 15_000 });
});

test("facility to room, and the room's chart by metric and range", async ({ page }) => {
  await signIn(page, people.owner, facility);
  const room = page.locator(".room-card").first().getByRole("link");
  const name = await room.innerText();
  await room.click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await page.getByRole("navigation", { name: "Measurement" }).getByRole("link", { name: "CO₂" }).click();
  await expect(page).toHaveURL(/point=/);
  await page.getByRole("link", { name: "7 d" }).click();
  await expect(page).toHaveURL(/range=7d/);
  await expect(page.getByRole("link", { name: "7 d" })).toHaveAttribute("aria-current", "true");
  await expect(page.getByRole("heading", { level: 2, name: /CO₂/i })).toBeVisible();
  // The address alone brings back what is shown.
  await page.reload();
  await expect(page.getByRole("link", { name: "7 d" })).toHaveAttribute("aria-current", "true");
});

test("meters, a point, another range, its values as CSV", async ({ page }) => {
  await signIn(page, people.owner, `${facility}/meters`);
  await page.getByLabel("Name, room or metric").fill("main meter energy");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(/q=main/);
  await page.getByRole("rowheader").getByRole("link").first().click();
  await expect(page.getByRole("heading", { level: 1, name: /main meter energy/i })).toBeVisible();
  await page.getByRole("link", { name: "Today" }).click();
  await expect(page).toHaveURL(/range=today/);
  await page.getByText("View as table").first().click();
  const table = page.getByRole("region", { name: /main meter energy/i });
  await expect(table).toBeVisible();
  const shown = await table.locator("tfoot td").nth(1).innerText();

  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download CSV" }).click();
  const csv = await readFile(await (await download).path(), "utf8");
  const rows = csv.trim().split(/\r?\n/);
  expect(rows.length).toBeGreaterThan(1);
  expect(csv).toContain("kWh");
  expect(shown).toMatch(/\d/);
});

test("a chart and a table are taken away as files and as a picture", async ({ page }) => {
  // By a link of the page, so that the menus are made by the browser and not by the server.
  await signIn(page, people.owner, facility);
  await page.getByRole("link", { name: "Meters & points" }).first().click();
  await page.getByLabel("Name, room or metric").fill("main meter energy");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(/q=main/);
  await page.getByRole("rowheader").getByRole("link").first().click();
  const card = page.locator(".card", { has: page.locator("gs-chart") }).first();
  await expect(card.locator("gs-chart")).toHaveAttribute("drawn", "");
  const take = async (name: string) => {
    await card.locator("gs-export summary").click();
    const download = page.waitForEvent("download");
    await card.getByRole("button", { name, exact: true }).click();
    return readFile(await (await download).path());
  };
  const csv = (await take("CSV")).toString("utf8");
  expect(csv).toMatch(/^# \S/);
  expect(csv).toMatch(/main meter energy/i);
  expect(csv).toMatch(/# Generated at,2\d{3}-/);
  expect(csv).toContain("kWh");
  const json = JSON.parse((await take("JSON")).toString("utf8"));
  expect(json.rows.length).toBeGreaterThan(1);
  expect(csv.trim().split("\r\n").length).toBeGreaterThan(json.rows.length);
  expect((await take("Excel")).subarray(0, 2).toString()).toBe("PK");
  expect((await take("Picture, PNG")).subarray(1, 4).toString()).toBe("PNG");
  expect((await take("Picture, SVG")).toString("utf8")).toContain("<svg");
});

test("a range typed by hand, and one that cannot be read", async ({ page }) => {
  await signIn(page, people.owner, `${facility}/meters?q=main+meter+energy`);
  await page.getByRole("rowheader").getByRole("link").first().click();
  await page.getByText("Custom", { exact: true }).click();
  await page.getByLabel("Range", { exact: true }).fill("2d");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page).toHaveURL(/range=2d/);
  await page.goto(page.url().replace("range=2d", "range=whenever"));
  await expect(page.getByRole("status").filter({ hasText: "whenever" })).toBeVisible();
});

test("a Green Button file: preview, confirm, load profile, the same file again", async ({ page }) => {
  await signIn(page, people.operations, `${facility}/import`);
  const upload = async () => {
    await page.getByLabel("Green Button (XML), CSV or Excel file").setInputFiles("tests/fixtures/green-button.xml");
    await page.getByRole("button", { name: "Preview" }).click();
    await expect(page.getByRole("heading", { name: "Import this file?" })).toBeVisible();
  };
  await upload();
  await page.getByRole("button", { name: "Confirm import" }).click();
  await expect(page.locator(".badge", { hasText: "Imported" })).toBeVisible();
  await page.getByRole("heading", { level: 2 }).getByRole("link").first().click();
  await expect(page).toHaveURL(/\/utility\//);
  await expect(page.locator("gs-chart")).toHaveAttribute("drawn", "");
  await expect(page.getByRole("heading", { name: "Load by hour and day" })).toBeVisible();

  await page.goto(`${facility}/import`);
  await upload();
  await expect(page.getByText("unchanged").first()).toBeVisible();
  await page.getByRole("button", { name: "Discard" }).click();
  await expect(page).toHaveURL(new RegExp(`${facility}/import$`));
});

test("a file that is not Green Button says what is wrong", async ({ page }) => {
  await signIn(page, people.operations, `${facility}/import`);
  await page.getByLabel("Green Button (XML), CSV or Excel file").setInputFiles({
    name: "bill.xml",
    mimeType: "application/xml",
    buffer: Buffer.from("<invoice/>"),
  });
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.locator(".badge", { hasText: "Refused" })).toBeVisible();
  await expect(page.locator(".notice.error")).toContainText("Element");
});

test("operations see gateways and the quarantine", async ({ page }) => {
  await signIn(page, people.operations, "/ops/ingest");
  await expect(page.getByRole("heading", { name: "Gateways" })).toBeVisible();
  await expect(page.locator(".badge", { hasText: "Online" }).first()).toBeVisible();
  await expect(page.getByRole("heading", { name: "Quarantine" })).toBeVisible();
});

test("what was done is under Activity, with its place in the chain", async ({ page }) => {
  await signIn(page, people.owner, "/activity");
  await expect(page.getByRole("heading", { level: 1, name: "Activity" })).toBeVisible();
  await expect(page.getByRole("table", { name: /Recorded events/ }).getByRole("row")).not.toHaveCount(1);
  await expect(page.locator(".hash").first()).toHaveText(/^[0-9a-f]{12}$/);
  await page.getByLabel("Action").fill("session");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(/action=session/);
  await page.getByLabel("From, UTC day").fill("2019-01-01");
  await page.getByLabel("To and including").fill("2019-12-31");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page.getByText("Nothing recorded")).toBeVisible();
  await page.getByRole("link", { name: "Check the chain" }).click();
  await expect(page.getByRole("status").filter({ hasText: /the chain of [\d,]+ records is whole/ })).toBeVisible();
});

test("an owner invites somebody, changes the role, and takes it back", async ({ page }) => {
  const email = `guest-${Date.now()}@cedar.example`;
  await signIn(page, people.owner, "/settings/people");
  await page.getByText("Invite somebody").first().click();
  await page.getByLabel("E-mail").first().fill(email);
  await page.getByRole("button", { name: "Send the invitation" }).first().click();
  await expect(page.getByRole("status").filter({ hasText: /Invited/ })).toBeVisible();
  await page.getByLabel(`Role of ${email}`, { exact: true }).selectOption("finance");
  await page.getByRole("button", { name: `Change the role of ${email}` }).click();
  await expect(page.getByRole("status").filter({ hasText: /changed/ })).toBeVisible();
  await expect(page.getByLabel(`Role of ${email}`, { exact: true })).toHaveValue("finance");
  await page.getByRole("button", { name: `Remove ${email}` }).click();
  await expect(page.getByRole("status").filter({ hasText: /Removed/ })).toBeVisible();
  await expect(page.getByText(email)).toHaveCount(0);
});

test("the theme stays after a reload and is there before any script", async ({ page, context, browser, baseURL }) => {
  await signIn(page, people.viewer);
  await hydrated(page);
  await page.locator(".topbar .menu > summary").click();
  await page.getByRole("button", { name: "Dark" }).first().click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  const plain = await browser.newContext({ javaScriptEnabled: false, baseURL, storageState: await context.storageState() });
  const still = await plain.newPage();
  await still.goto("/home");
  await expect(still.locator("html")).toHaveAttribute("data-theme", "dark");
  await plain.close();
});

test("pausing stops the values and says so", async ({ page }) => {
  await signIn(page, people.viewer, facility);
  await hydrated(page);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.locator(".live-chip")).toHaveAttribute("data-status", "paused");
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.locator(".live-chip")).toHaveAttribute("data-status", "live", { timeout: 15_000 });
});

test("without the socket the page polls", async ({ page }) => {
  await page.routeWebSocket("**/live", (socket) => socket.close());
  await signIn(page, people.viewer, facility);
  await expect(page.locator(".live-chip")).toHaveAttribute("data-status", "polling", { timeout: 30_000 });
});

test("another customer's facility is not there, and a role says what it takes", async ({ page }) => {
  await signIn(page, people.stranger);
  const answer = await page.goto(facility);
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1, name: "There is nothing here" })).toBeVisible();
  await page.goto("/sign-in");
  await signIn(page, people.viewer);
  const refused = await page.goto("/settings/people");
  expect(refused?.status()).toBe(403);
  await expect(page.getByRole("main")).toContainText("Owner");
});

test("signing out ends it", async ({ page }) => {
  await signIn(page, people.viewer);
  await page.locator(".topbar .menu > summary").click();
  await page.getByRole("button", { name: "Sign out" }).first().click();
  await expect(page.getByRole("status").filter({ hasText: "signed out" })).toBeVisible();
  await page.goto("/home");
  await expect(page).toHaveURL(/\/sign-in/);
});

test("a link followed while the page is still being taken over leads where it should", async ({ page }) => {
  let release = () => {};
  const held = new Promise<void>((done) => (release = done));
  await signIn(page, people.owner);
  await page.route("**/pkg/split_readings*", async (route) => {
    await held;
    await route.continue().catch(() => {});
  });
  const shell = page.waitForResponse("**/pkg/gainshare.wasm");
  await page.goto("/home", { waitUntil: "commit" });
  await (await shell).finished();
  await page.evaluate(() => new Promise((idle) => requestIdleCallback(idle)));
  await page.locator(".facility-card").first().getByRole("link").first().click({ noWaitAfter: true });
  release();
  await expect(page).toHaveURL(/\/f\/cedar-flower$/);
  await hydrated(page);
});

loud("pages whose code could not be fetched open on the next click", async ({ page }) => {
  await signIn(page, people.owner, facility);
  await hydrated(page);
  await page.route("**/pkg/split_office*", (route) => route.abort());
  const failed = page.waitForEvent("console", (message) => message.text().includes("load callback should succeed"));
  await page.getByRole("link", { name: "Activity" }).first().click();
  await failed;
  await page.unroute("**/pkg/split_office*");
  await page.getByRole("link", { name: "People" }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: "People" })).toBeVisible();
});
