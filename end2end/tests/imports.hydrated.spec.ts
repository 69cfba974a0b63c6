import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "./portal";
import { importYear } from "./importing";

test.describe.configure({ timeout: 180_000 });

test("a year with 37 bad rows is imported, each step in a browser of its own, and no step breaks a rule", async ({ browser, baseURL }) => {
  await importYear(browser, { baseURL }, "Logger", async (page) => {
    const found = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]).analyze();
    expect(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`)).toEqual([]);
  });
});
