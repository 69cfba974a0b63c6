// A non-routine event: the vendor brings it up and puts a figure on it, the customer refuses, then agrees.
import type { Browser } from "@playwright/test";
import { expect, facility, people, signIn, test, type Account } from "./portal";

async function as(browser: Browser, baseURL: string | undefined, account: Account, next: string) {
  const page = await (await browser.newContext({ baseURL })).newPage();
  await signIn(page, account, next);
  return page;
}

test("an event is brought up, refused, proposed again and agreed", async ({ page, browser, baseURL }) => {
  test.setTimeout(120_000);
  const today = new Date();
  const day = (back: number) => new Date(today.getTime() - back * 86_400_000).toISOString().slice(0, 10);
  await signIn(page, people.engineer, `${facility}/events`);
  await page.getByLabel("What happened").fill("Dryers in a flooded room");
  await page.getByLabel("First day").fill(day(5));
  await page.getByLabel("What is known about it").fill("A pipe burst in room 2.");
  await page.getByRole("button", { name: "Bring it up" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Dryers in a flooded room" })).toBeVisible();
  const address = new URL(page.url()).pathname;

  const propose = async (perDay: string) => {
    await page.getByLabel("How they are found").selectOption("estimate");
    await page.getByLabel("Above usual, kWh a day").fill(perDay);
    await page.getByLabel("± kWh a day, 90 %").fill("20");
    await page.getByLabel("Adjusts no longer from").fill(day(-30));
    await page.getByLabel("Why so").fill("Four dryers by their plates.");
    await page.getByRole("button", { name: "Propose these figures" }).click();
    await expect(page.getByRole("status")).toContainText("the other side has to answer");
  };
  await propose("180");
  await expect(page.getByRole("button", { name: "Agree to these figures" })).toHaveCount(0);

  const owner = await as(browser, baseURL, people.owner, address);
  await owner.getByLabel("Why not").fill("Two of them ran at night only.");
  await owner.getByRole("button", { name: "Refuse" }).click();
  await expect(owner.locator(".page-head .badge")).toContainText("Refused");
  await page.reload();
  await expect(page.getByText("Two of them ran at night only.")).toBeVisible();
  await propose("120.5");
  await owner.goto(address);
  await expect(owner.getByText("+120.5 kWh a day")).toBeVisible();
  await owner.getByRole("button", { name: "Agree to these figures" }).click();
  await expect(owner.locator(".page-head .badge")).toContainText("Agreed");
  await owner.goto(`${facility}/events`);
  const row = owner.getByRole("table", { name: /Non-routine events/ }).getByRole("row").filter({ hasText: "Dryers" });
  await expect(row).toContainText("Agreed");
  const csv = await owner.request.get(`${facility}/events.csv`);
  expect(await csv.text()).toContain("agreed,estimate,120.500,20.000");
  await owner.context().close();
});
