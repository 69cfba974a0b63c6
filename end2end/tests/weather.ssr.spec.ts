// The weather page with plain forms: a file is looked at, stored, and its station chosen.
import { expect, people, signIn, test } from "./portal";

// Not the facility that others fit baselines for meanwhile.
const facility = "/f/lakeside-lettuce";

/** Hourly temperatures of the last ten days, with a hole of two hours. */
function file(): Buffer {
  const hour = Math.floor(Date.now() / 3_600_000);
  const rows = Array.from({ length: 240 }, (_, i) => i).filter((i) => i !== 50 && i !== 51);
  const line = (i: number) => `${new Date((hour - 240 + i) * 3_600_000).toISOString()},${(8 + 6 * Math.sin(i / 3.8)).toFixed(1)}`;
  return Buffer.from(["start,temperature_c", ...rows.map(line)].join("\n"));
}

test("a weather file is looked at, stored and its station chosen", async ({ page }) => {
  await signIn(page, people.engineer, `${facility}/weather`);
  const stations = page.getByRole("table", { name: "Stations of this facility" });
  await expect(stations.getByRole("row").nth(1)).toContainText("Counts");
  await expect(page.locator("svg.sketch path.line").first()).toBeVisible();

  const upload = async (name: string, buffer: Buffer) => {
    await page.getByLabel("EPW, TMY3, ISD-Lite or CSV file").setInputFiles({ name, mimeType: "text/csv", buffer });
    await page.getByRole("button", { name: "Look at it" }).click();
    await expect(page.getByRole("region", { name: "Uploaded file" })).toContainText(name);
  };
  await upload("broken.csv", Buffer.from("start,temperature_c\n2026-01-01T00:00:00Z,warm\n"));
  await expect(page.getByText("line 2, temperature: `warm` is not a number")).toBeVisible();
  await page.getByRole("button", { name: "Discard it" }).click();
  await expect(page.getByRole("status")).toContainText("nothing of it was stored");

  await upload("roof.csv", file());
  await expect(page.getByRole("region", { name: "Uploaded file" })).toContainText("238 of 240 hours are known, 2 bridged");
  await page.getByLabel("Name of the station").fill("Roof of the neighbour");
  await page.getByLabel("Latitude, °").fill("39.8");
  await page.getByLabel("Longitude, °").fill("-105.0");
  await page.getByRole("button", { name: "Store these hours" }).click();
  await expect(page.getByRole("status")).toContainText("238 hours");
  const roof = stations.getByRole("row").filter({ hasText: "Roof of the neighbour" });
  await expect(roof).toContainText("km");

  const choose = async (station: string, reason: string) => {
    await page.getByText("Choose another station").click();
    const option = page.getByLabel("Station", { exact: true }).locator("option", { hasText: station });
    await page.getByLabel("Station", { exact: true }).selectOption(await option.getAttribute("value"));
    await page.getByLabel("Why this station").fill(reason);
    await page.getByRole("button", { name: "Choose", exact: true }).click();
    await expect(page.getByRole("status")).toContainText("The station is chosen");
  };
  const own = (await stations.getByRole("row").nth(1).getByRole("rowheader").innerText()).trim();
  await choose("Roof of the neighbour", "The own sensor is in the sun.");
  await expect(stations.getByRole("row").nth(1)).toContainText("Roof of the neighbour");
  await expect(page.getByText("The own sensor is in the sun.")).toBeVisible();
  const csv = await page.request.get(`${facility}/weather.csv`);
  expect((await csv.text()).split("\r\n").filter((l) => /^\d{4}-/.test(l)).length).toBeGreaterThan(230);
  // As it was, for whoever comes next.
  await choose(own, "It was moved into the shade.");
  await expect(stations.getByRole("row").nth(1)).not.toContainText("Roof of the neighbour");
});
