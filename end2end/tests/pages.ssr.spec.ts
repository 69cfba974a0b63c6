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

test("a rule of alerts is written as a sentence, paused and taken away", async ({ page }) => {
  await signIn(page, people.owner, `${facility}/alerts`);
  const form = page.locator("#new");
  await form.getByLabel("Tell", { exact: true }).selectOption("operations");
  await form.getByLabel("it", { exact: true }).selectOption("silent");
  await form.getByLabel("for minutes").fill("45");
  await form.getByLabel("value", { exact: true }).fill("7");
  await form.getByRole("button", { name: "Add the rule" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Silence has no threshold" })).toBeVisible();
  await form.getByLabel("for minutes").fill("45");
  await form.getByLabel("it", { exact: true }).selectOption("silent");
  await form.getByRole("button", { name: "Add the rule" }).click();
  await expect(page.getByRole("status").filter({ hasText: "in force" })).toBeVisible();
  const rule = page.locator("li", { hasText: "Tell Operations when" }).filter({ hasText: "for 45 min" });
  await rule.getByRole("button", { name: "Pause for a day" }).click();
  await expect(rule.getByText("Paused until")).toBeVisible();
  await rule.getByRole("button", { name: "Take away" }).click();
  await expect(rule).toHaveCount(0);
});

test("the bell says how many alarms are open, and leads to them", async ({ page }) => {
  await signIn(page, people.owner, "/portfolio");
  const bell = page.getByRole("banner").getByRole("link", { name: /^\d+ open alarms?$/ });
  const said = Number.parseInt((await bell.getAttribute("aria-label")) ?? "", 10);
  await bell.click();
  await expect(page.getByRole("heading", { level: 1, name: "Open alarms" })).toBeVisible();
  await expect(page.locator(".page-head")).toContainText(`${said} open alarm`);
});

test("a webhook is added, its secret is shown once, and a test is in the log", async ({ page }) => {
  await signIn(page, people.owner, "/settings/webhooks");
  const address = page.getByLabel("Address");
  await address.fill("https://localhost/hook");
  await page.getByLabel("What it is for").fill("Farm controller");
  await page.getByRole("button", { name: "Add the endpoint" }).click();
  await expect(page.getByRole("status").filter({ hasText: "not on the public internet" })).toBeVisible();
  await address.fill("https://hooks.invalid/gainshare");
  await page.getByLabel("What it is for").fill("Farm controller");
  await page.getByRole("button", { name: "Add the endpoint" }).click();
  await expect(page.locator("#secret")).toHaveText(/^whsec_[A-Za-z0-9+/]{43}=$/);
  await page.getByRole("link", { name: /back to Webhooks/ }).click();
  const endpoint = page.locator("li", { hasText: "Farm controller" });
  await endpoint.getByRole("button", { name: "Send a test" }).click();
  await expect(page.getByRole("table", { name: /Deliveries/ }).getByText("test.ping").first()).toBeVisible();
  await endpoint.getByRole("button", { name: "Take away" }).click();
  await expect(endpoint).toHaveCount(0);
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
  ["/portfolio", "Portfolio"],
  ["/alerts", "Open alarms"],
  ["/activity", "Activity"],
  ["/settings/people", "People"],
  ["/settings/security", "Security"],
  ["/settings/tokens", "Tokens"],
  ["/settings/webhooks", "Webhooks"],
  ["/developers", "REST interface"],
  [`${facility}/import`, "Utility data"],
  [`${facility}/baselines`, "Baselines"],
  [`${facility}/performance`, "Performance"],
  [`${facility}/compare`, "Compare"],
  [`${facility}/savings`, "Savings"],
  [`${facility}/savings/bases`, "Savings on other bases"],
  [`${facility}/reports`, "Reports"],
  [`${facility}/reports/new`, "New report"],
  [`${facility}/export`, "Export data"],
  ["/downloads", "Downloads"],
  [`${facility}/weather`, "Weather"],
  [`${facility}/production`, "Production"],
  [`${facility}/tariff`, "Tariff"],
  [`${facility}/events`, "Non-routine events"],
  [`${facility}/alerts`, "Alerts"],
  [`${facility}/notes`, "Notes"],
  [`${facility}/derivation?figure=savings`, "Verified savings"],
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

test("a token is made, used by a program and taken back", async ({ page, playwright, baseURL }) => {
  await signIn(page, people.owner, "/settings/tokens");
  const name = `Controller ${Date.now()}`;
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Create baselines").check();
  await page.getByRole("button", { name: "Make the token" }).click();
  const token = await page.locator("#token").innerText();
  expect(page.url()).not.toContain(token);

  // A program of its own, without the browser's cookies.
  const program = await playwright.request.newContext({ baseURL, extraHTTPHeaders: { authorization: `Bearer ${token}` } });
  const address = "/api/revenue-sharing/baseline";
  const data = {
    facility: facility.slice(3), metric_type: "water", period_start: "2025-01-01", period_end: "2025-06-01",
    effective_from: "2025-06-01", source: "stated", baseline_value: "12.5", reason: "Agreed on by both parties",
  };
  const headers = { "idempotency-key": name };
  const made = await program.post(address, { data, headers });
  expect(made.status(), await made.text()).toBe(201);
  const baseline = await made.json();
  expect((await (await program.post(address, { data, headers })).json()).id).toBe(baseline.id);
  const wrong = await program.post(address, { data: { ...data, baseline_value: 12.5, metric_type: "steam" } });
  expect([wrong.status(), wrong.headers()["content-type"]]).toEqual([422, "application/problem+json"]);
  expect((await (await program.get(`${address}?facility=${data.facility}&metric_type=water`)).json()).baselines.length).toBeGreaterThan(0);
  await page.goto(baseline.page);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByText("12.5").first()).toBeVisible();

  await page.goto("/settings/tokens");
  await page.getByRole("button", { name: `Take back ${name}` }).click();
  await expect(page.getByRole("status")).toContainText("Taken back");
  expect((await program.get(`${address}/${baseline.id}`)).status()).toBe(401);
  await program.dispose();
});

test("an address that leads nowhere says so", async ({ page }) => {
  const answer = await page.goto("/no/such/page");
  expect(answer?.status()).toBe(404);
});
