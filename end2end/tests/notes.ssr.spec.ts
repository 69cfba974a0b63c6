// Notes without scripts: written, found, leading on to an event, taken back.
import { expect, facility, people, signIn, test } from "./portal";

test("a note is written, found, leads on to an event and is taken back", async ({ page }) => {
  const words = `Filters ${Date.now()}`;
  await signIn(page, people.operations, `${facility}/notes`);
  await page.getByLabel("Day", { exact: true }).fill("2026-03-08");
  await page.getByLabel("What others should know").fill(`${words} were changed\nin all rooms.`);
  await page.getByRole("button", { name: "Write it down" }).click();
  await expect(page.getByRole("status")).toContainText("Written");
  const note = page.getByRole("listitem").filter({ hasText: words });
  await expect(note).toContainText("2026-03-08");

  await page.getByLabel("Day", { exact: true }).fill("2026-03-09");
  await page.getByLabel("What others should know").fill(`${words}: a pump ran dry.`);
  await page.getByLabel(/Use was not what the baseline knows/).check();
  await page.getByRole("button", { name: "Write it down" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Non-routine events" })).toBeVisible();
  await expect(page.getByLabel("First day")).toHaveValue("2026-03-09");
  await expect(page.getByLabel("What is known about it")).toHaveValue(new RegExp(`${words}: a pump ran dry.`));

  await page.goto(`${facility}/notes`);
  await page.getByLabel("Words").fill(words);
  await page.getByLabel("Affects the baseline", { exact: true }).check();
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(note).toHaveCount(1);
  await expect(note).toContainText("a pump ran dry");
  const csv = await page.getByRole("link", { name: "Download CSV" }).getAttribute("href");
  expect(await (await page.request.get(csv ?? "")).text()).toContain(`${words}: a pump ran dry.`);

  await note.getByText("Take back").click();
  await note.getByLabel("Why it does not count any more").fill("It was another pump.");
  await note.getByRole("button", { name: "Take the note back" }).click();
  await expect(page.getByRole("status")).toContainText("Taken back");
  await expect(note).toHaveCount(0);
  await page.getByLabel("Those taken back, too").check();
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(note).toContainText("It was another pump.");
});

test("who may only look writes no notes", async ({ page }) => {
  await signIn(page, people.viewer, `${facility}/notes`);
  await expect(page.getByRole("heading", { name: "Logbook" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Write it down" })).toHaveCount(0);
});
