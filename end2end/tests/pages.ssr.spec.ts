// Every page without scripts: it says what it has to say, and its forms work.
import { expect, facility, people, signIn, test, totp } from "./portal";

test("signing in, looking around and signing out", async ({ page }) => {
  await signIn(page, people.owner);
  await expect(page.getByRole("heading", { level: 1, name: "Facilities" })).toBeVisible();
  const card = page.locator(".facility-card").first();
  await expect(card.locator(".stat", { hasText: "Power now" }).locator(".figure")).toHaveText(/\d/);
  await card.getByRole("link").first().click();
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.locator(".topbar .menu > summary").click();
  await page.locator(".topbar").getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByText("You are signed out.")).toBeVisible();
});

test("a wrong password says nothing about the account", async ({ page }) => {
  for (const email of ["owner@cedar.example", "nobody@cedar.example"]) {
    await page.goto("/sign-in");
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password").fill("not the password at all");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("status")).toHaveText("Address and password do not match an account.");
  }
});

test("a facility shows its charts as drawings, its rooms and where its energy goes", async ({ page }) => {
  await signIn(page, people.owner, facility);
  await expect(page.locator("gs-chart svg.sketch").first()).toBeVisible();
  await expect(page.locator("gs-chart svg.sketch")).toHaveCount(2);
  await expect(page.locator(".end-use-list li")).not.toHaveCount(0);
  await expect(page.getByText("Unmetered remainder")).toBeVisible();
  await expect(page.locator(".room-card")).not.toHaveCount(0);
  await page.getByText("View as table").last().click();
  await expect(page.getByRole("region", { name: /Energy per quarter hour/ })).toBeVisible();
});

test("a room, by metric and range, through links alone", async ({ page }) => {
  await signIn(page, people.owner, facility);
  await page.locator(".room-card").first().getByRole("link").click();
  await expect(page.locator(".tile", { hasText: "Air temperature" }).locator(".figure")).toHaveText(/\d/);
  await page.getByRole("navigation", { name: "Measurement" }).getByRole("link", { name: "Relative humidity" }).click();
  await page.getByRole("link", { name: "24 h" }).click();
  await expect(page.locator("svg.sketch path.line").first()).toBeVisible();
});

test("meters filter by a plain form", async ({ page }) => {
  await signIn(page, people.owner, `${facility}/meters`);
  const rows = page.getByRole("table").getByRole("row");
  const all = await rows.count();
  await page.getByLabel("Name, room or metric").fill("co2 co₂ nonsense");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page.getByRole("heading", { name: "Nothing matches" })).toBeVisible();
  await page.getByRole("link", { name: "Remove the filters" }).click();
  await expect(rows).toHaveCount(all);
});

for (const [path, heading] of [
  ["/ops/ingest", "Ingest health"],
  ["/activity", "Activity"],
  ["/settings/people", "People"],
  ["/settings/security", "Security"],
  [`${facility}/import`, "Utility data"],
  [`${facility}/baselines`, "Baselines"],
  [`${facility}/savings`, "Savings"],
  [`${facility}/weather`, "Weather"],
  [`${facility}/production`, "Production"],
  [`${facility}/events`, "Non-routine events"],
] as const) {
  test(`${path} is whole`, async ({ page }) => {
    await signIn(page, people.owner, path);
    await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
    await expect(page).toHaveTitle(new RegExp(`^${heading} .*Gainshare$`));
    await expect(page.getByText("Loading…")).toHaveCount(0);
  });
}

test("signed out, every page leads to signing in and back", async ({ page }) => {
  await page.goto(`${facility}/meters`);
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await signIn(page, people.viewer, `${facility}/meters`);
  await expect(page.getByRole("heading", { level: 1, name: "Meters & points" })).toBeVisible();
});

test("a second factor is set up, asked for and taken away without scripts", async ({ page }) => {
  await signIn(page, people.finance, "/settings/security");
  await page.getByRole("button", { name: "Set it up" }).click();
  await expect(page.getByRole("img", { name: /QR code/ })).toBeVisible();
  await page.getByRole("textbox", { name: "Code" }).fill("000 000");
  await page.getByRole("button", { name: "Turn it on" }).click();
  await expect(page.getByRole("status")).toContainText("wrong");
  const secret = (await page.locator("dd.hash").first().innerText()).replaceAll(" ", "");
  await page.getByRole("textbox", { name: "Code" }).fill(totp(secret));
  await page.getByRole("button", { name: "Turn it on" }).click();
  const recovery = await page.locator("li code").allInnerTexts();
  await page.getByRole("link", { name: /back to Security/ }).click();
  await expect(page.getByText("10 recovery codes are left.")).toBeVisible();
  await page.getByLabel("Code of the app, or a recovery code").fill(recovery[0]);
  await page.getByRole("button", { name: "Turn it off" }).click();
  await expect(page.getByRole("status")).toContainText("off");
});

test("an address that leads nowhere says so", async ({ page }) => {
  const answer = await page.goto("/no/such/page");
  expect(answer?.status()).toBe(404);
});
