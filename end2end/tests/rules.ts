// The rules of WCAG that a machine can check, and the list of every page that is held against them.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, facility, people, type Account } from "./portal";

const WIDTHS = [390, 1440];
const THEMES = ["light", "dark"] as const;
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Where a page is looked at: at these addresses by somebody, or in a journey that says `check(page, address, route)`. */
type Visit = { by: Account | "anybody"; at: string[] } | "in a journey";

const owner = (...at: string[]): Visit => ({ by: people.owner, at });
const anybody = (...at: string[]): Visit => ({ by: "anybody", at });

/** Every route of app/src/routes.rs. A test fails when one is missing here. */
export const ROUTES: Record<string, Visit> = {
  "/sign-in": anybody("/sign-in"),
  "/sign-in/code": anybody("/sign-in/code"),
  "/reset": anybody("/reset"),
  "/reset/:token": anybody(`/reset/${"0".repeat(64)}`),
  "/invite/:token": anybody(`/invite/${"0".repeat(64)}`),
  "/verify": anybody("/verify"),
  "/home": owner("/home"),
  "/portfolio": owner("/portfolio"),
  "/alerts": owner("/alerts"),
  "/downloads": owner("/downloads"),
  "/f/:facility": owner(facility),
  "/f/:facility/rooms/:room": "in a journey",
  "/f/:facility/meters": owner(`${facility}/meters`, `${facility}/meters?show=silent&q=zzz`),
  "/f/:facility/meters/:point": "in a journey",
  "/f/:facility/import": owner(`${facility}/import`),
  "/f/:facility/imports/:id/set-up": "in a journey",
  "/f/:facility/imports/:id": "in a journey",
  "/f/:facility/utility/:series": "in a journey",
  "/f/:facility/performance": owner(`${facility}/performance`),
  "/f/:facility/derivation": owner(`${facility}/derivation?figure=savings`),
  "/f/:facility/compare": owner(`${facility}/compare`),
  "/f/:facility/savings": owner(`${facility}/savings`),
  "/f/:facility/savings/bases": owner(`${facility}/savings/bases`),
  "/f/:facility/savings/:metric/:day": "in a journey",
  "/f/:facility/savings/:metric/:day/:start": "in a journey",
  "/f/:facility/reports": owner(`${facility}/reports`),
  "/f/:facility/reports/new": owner(`${facility}/reports/new`),
  "/f/:facility/export": owner(`${facility}/export`),
  "/f/:facility/notes": owner(`${facility}/notes`),
  "/f/:facility/reports/:report": "in a journey",
  "/f/:facility/events": owner(`${facility}/events`),
  "/f/:facility/events/:event": "in a journey",
  "/f/:facility/alerts": owner(`${facility}/alerts`),
  "/f/:facility/tariff": owner(`${facility}/tariff`),
  "/f/:facility/production": owner(`${facility}/production`),
  "/f/:facility/weather": owner(`${facility}/weather`),
  "/f/:facility/baselines": owner(`${facility}/baselines`),
  "/f/:facility/baselines/:baseline": "in a journey",
  "/f/:facility/baselines/:baseline/verification": "in a journey",
  "/ops/ingest": owner("/ops/ingest"),
  "/activity": owner("/activity"),
  "/settings/people": owner("/settings/people"),
  "/settings/security": owner("/settings/security"),
  "/settings/webhooks": owner("/settings/webhooks"),
  "/settings/tokens": owner("/settings/tokens"),
  "/developers": owner("/developers"),
};

/** Looks at a page in both themes and at two widths. A journey names the route that its address is of. */
export async function check(page: Page, path: string, route?: string) {
  if (route) expect(path, "an address of this route").toMatch(new RegExp(`^${route.replace(/:\w+/g, "[^/?]+")}(\\?.*)?$`));
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    for (const theme of THEMES) {
      await page.context().addCookies([{ name: "theme", value: theme, url: new URL(page.url()).origin }]);
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
      const found = await new AxeBuilder({ page }).withTags(TAGS).analyze();
      const broken = found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
      expect(broken, `${path} at ${width} px, ${theme}`).toEqual([]);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(overflow, `${path} at ${width} px scrolls sideways`).toBe(0);
    }
  }
}
