// Every page, in both themes and at two widths, against the rules of WCAG that a machine can check.
import { readdirSync, readFileSync } from "node:fs";
import { expect, facility, people, signIn, test } from "./portal";
import { ROUTES, check } from "./rules";

// Each page is looked at four times; the longest table takes axe ten seconds on a slow machine.
test.describe.configure({ timeout: 180_000 });

/** A file of the checkout, from the folder of the browser tests. */
const source = (path: string) => readFileSync(path, "utf8");

test("every route is looked at", () => {
  // The start only leads on, and the frame around the signed-in pages has no address of its own.
  const written = [...source("../app/src/routes.rs").matchAll(/path!\("([^"]*)"\)/g)].map(([, path]) => path);
  const pages = written.filter((path) => path !== "" && path !== "/");
  expect(pages.length).toBeGreaterThan(30);
  expect(Object.keys(ROUTES).sort()).toEqual(pages.sort());
  const journeys = readdirSync("tests").filter((name) => name.endsWith(".spec.ts")).map((name) => source(`tests/${name}`)).join("\n");
  const looked = (route: string) => new RegExp(`check\\(.+, "${route}"\\)`).test(journeys);
  const missed = Object.entries(ROUTES).filter(([route, visit]) => visit === "in a journey" && !looked(route));
  expect(missed.map(([route]) => route), "no journey looks at these").toEqual([]);
});

for (const visit of [...Object.values(ROUTES), { by: "anybody" as const, at: ["/no/such/page"] }]) {
  if (visit === "in a journey") continue;
  for (const path of visit.at) {
    test(`${path} breaks no rule`, async ({ page }) => {
      if (visit.by === "anybody") await page.goto("/sign-in");
      else await signIn(page, visit.by);
      await check(page, path);
    });
  }
}

test("a room and a point break no rule", async ({ page }) => {
  await signIn(page, people.owner, facility);
  const room = await page.locator(".room-card").first().getByRole("link").getAttribute("href");
  await check(page, room ?? "", "/f/:facility/rooms/:room");
  await page.goto(`${facility}/meters`);
  const point = await page.getByRole("rowheader").getByRole("link").first().getAttribute("href");
  await check(page, point ?? "", "/f/:facility/meters/:point");
});

test("an import and its load profile break no rule", async ({ page }) => {
  await signIn(page, people.operations, `${facility}/import`);
  await page.getByLabel("Green Button (XML), CSV or Excel file").setInputFiles("tests/fixtures/green-button.xml");
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.getByRole("heading", { name: "Import this file?" })).toBeVisible();
  await check(page, new URL(page.url()).pathname, "/f/:facility/imports/:id");
  await page.getByRole("button", { name: "Confirm import" }).click();
  const series = await page.getByRole("heading", { level: 2 }).getByRole("link").first().getAttribute("href");
  await check(page, series ?? "", "/f/:facility/utility/:series");
});

test("setting up the import of a table breaks no rule", async ({ page }) => {
  await signIn(page, people.engineer, "/f/lakeside-lettuce/import");
  const buffer = Buffer.from("Time (UTC),Usage (kWh)\n2024-06-01 00:00,1.5\n2024-06-01 01:00,none\n");
  await page.getByLabel("Green Button (XML), CSV or Excel file").setInputFiles({ name: "two.csv", mimeType: "text/csv", buffer });
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.getByRole("heading", { name: "Which row has the headings?" })).toBeVisible();
  await check(page, new URL(page.url()).pathname, "/f/:facility/imports/:id/set-up");
});

test("a non-routine event breaks no rule", async ({ page }) => {
  await signIn(page, people.engineer, "/f/lakeside-lettuce/events");
  await page.getByLabel("What happened").fill("A door left open");
  await page.getByLabel("First day").fill(new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10));
  await page.getByLabel("What is known about it").fill("Found in the morning.");
  await page.getByRole("button", { name: "Bring it up" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "A door left open" })).toBeVisible();
  await check(page, new URL(page.url()).pathname, "/f/:facility/events/:event");
});

test("the verification of a baseline breaks no rule", async ({ page, browser, baseURL }) => {
  test.slow();
  await signIn(page, people.engineer, `${facility}/baselines`);
  await page.getByRole("button", { name: "Fit models" }).click();
  await expect(page.getByRole("heading", { level: 1, name: /Electricity baseline/ })).toBeVisible({ timeout: 60_000 });
  const baseline = new URL(page.url()).pathname;
  await check(page, baseline, "/f/:facility/baselines/:baseline");
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
  await check(page, `${baseline}/verification`, "/f/:facility/baselines/:baseline/verification");
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
