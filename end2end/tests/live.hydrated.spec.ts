// The websocket is away for five minutes, by the page's own clock. The readings of that time are real: what the page then shows is held
// against the database.
import { expect, facility, people, signIn, test } from "./portal";
import type { Page } from "@playwright/test";

/** Seconds in a slot of the live chart. */
const SLOT_S = 10;
const chip = (page: Page) => page.locator(".live-chip");

/** As the pages write numbers. */
const figure = (value: number, digits: number) => value.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d))/g, ",");

/** The last part of the address of the main meter's point of this name. */
async function point(page: Page, name: string): Promise<string> {
  const html = await (await page.request.get(`${facility}/meters?q=${encodeURIComponent(name)}`)).text();
  const found = new RegExp(`${facility}/meters/([0-9a-f-]{36})`).exec(html);
  if (!found) throw new Error(`there is no point ${name}`);
  return found[1];
}

/** Readings of a point after an instant as the server has them: ms and watts. */
async function readings(page: Page, id: string, after: number): Promise<[number, number][]> {
  const query = new URLSearchParams({ facility: facility.slice(3), "points[0]": id, after: new Date(after).toISOString() });
  const answer = await page.request.get(`/api/live/missed?${query}`);
  expect(answer.status()).toBe(200);
  return ((await answer.json()) as [number, string][]).map(([at, watts]) => [at, Number(watts)]);
}

/** Rows of the live chart's table: local time and kW. */
const drawn = (page: Page) =>
  page.locator("table", { has: page.locator("caption", { hasText: "Power of the main meter" }) }).locator("tbody tr").evaluateAll(
    (rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent?.trim() ?? "")),
  );

test("a websocket that is away for five minutes loses no point, doubles none and leaves the totals right", async ({ page }) => {
  test.setTimeout(240_000);
  let away = false;
  const sockets: { close: () => Promise<void> }[] = [];
  await page.routeWebSocket("**/live", (socket) => {
    if (away) return void socket.close();
    const server = socket.connectToServer();
    sockets.push(socket, server);
  });
  // So far back that the page's clock is right again after the outage.
  await page.clock.install({ time: Date.now() - 300_000 });
  await signIn(page, people.viewer, facility);
  await expect(chip(page)).toHaveAttribute("data-status", "live");
  const power = page.locator(".stat", { hasText: "Power now" }).locator(".live-figure");
  const first = (await power.getAttribute("data-at")) ?? "";
  await expect(power).not.toHaveAttribute("data-at", first);
  const before = Number(await power.getAttribute("data-at"));

  away = true;
  for (const socket of sockets) await socket.close();
  await page.clock.runFor(2_000);
  await expect(chip(page)).toHaveAttribute("data-status", "reconnecting");
  await expect(chip(page)).toHaveText("Reconnecting");
  await page.clock.runFor(10_000);
  await expect(chip(page)).toHaveAttribute("data-status", "polling");
  await expect(chip(page)).toHaveText("Polling every 30 s");
  // Polling brings values meanwhile, but not every one of them.
  const meter = await point(page, "main meter power");
  const newest = async () => Math.max(before, ...(await readings(page, meter, before)).map(([at]) => at));
  await expect.poll(newest, { timeout: 90_000 }).toBeGreaterThan(before + 4 * SLOT_S * 1_000);
  for (let half_minute = 0; half_minute < 9; half_minute += 1) {
    await page.clock.runFor(30_000);
    await expect(chip(page)).toHaveAttribute("data-status", "polling");
  }
  await expect.poll(async () => Number(await power.getAttribute("data-at"))).toBeGreaterThan(before);

  away = false;
  await page.clock.runFor(20_000);
  await expect(chip(page)).toHaveAttribute("data-status", "live");
  await expect(chip(page)).toHaveText("Live");
  const stored = await readings(page, meter, before);
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: "America/Denver", timeStyle: "medium", hourCycle: "h23" });
  const expected = new Map(
    stored.map(([at, watts]) => {
      const slot = Math.floor(at / 1_000 / SLOT_S) * SLOT_S * 1_000;
      return [clock.format(slot), figure(watts / 1_000, 2)];
    }),
  );
  // The last slot may still be running.
  const slots = [...expected].slice(0, -1);
  expect(slots.length).toBeGreaterThan(2);
  await expect(async () => {
    await page.clock.runFor(1_000);
    const rows = await drawn(page);
    const times = rows.map(([time]) => time);
    expect(new Set(times).size, "a time is there once").toBe(times.length);
    const from = times.indexOf(slots[0][0]);
    expect(rows.slice(from, from + slots.length)).toEqual(slots);
  }).toPass({ timeout: 30_000 });

  // The sum of what the database exports, up to the last whole five minutes as the page has it.
  const energy = await point(page, "main meter energy");
  await expect(async () => {
    await page.clock.runFor(61_000);
    const csv = await (await page.request.get(`${facility}/points/${energy}.csv?range=today&interval=5m`)).text();
    const rows = csv.split("\r\n").filter((line) => /^\d{4}-/.test(line)).map((line) => line.split(","));
    const kwh = rows.filter((row) => row[9] !== "yes").reduce((sum, row) => sum + Number(row[4]), 0);
    const shown = new RegExp(`^${figure(kwh, kwh < 100 ? 1 : 0)}\\s*kWh$`);
    await expect(page.locator(".stat", { hasText: "Energy today" }).locator(".figure")).toHaveText(shown, { timeout: 2_000 });
  }).toPass({ timeout: 40_000 });
});
