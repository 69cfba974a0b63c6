import { test } from "@playwright/test";
import { importYear } from "./importing";

test.describe.configure({ timeout: 180_000 });

test("a year with 37 bad rows is imported without scripts, each step in a browser of its own", async ({ browser, baseURL }) => {
  await importYear(browser, { baseURL, javaScriptEnabled: false }, "Logger without scripts");
});
