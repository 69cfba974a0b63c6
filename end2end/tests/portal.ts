// What every journey needs: signing in by role, finding a facility, and watching for errors of the page itself.
import { createHmac } from "node:crypto";
import { expect, test as base, type Page } from "@playwright/test";

export type Account = { email: string; role: string };

/** The demonstration accounts of `server admin demo`. */
export const people = {
  owner: { email: "owner@cedar.example", role: "Owner" },
  operations: { email: "operations@cedar.example", role: "Operations" },
  finance: { email: "finance@cedar.example", role: "Finance" },
  viewer: { email: "viewer@cedar.example", role: "Viewer" },
  stranger: { email: "owner@harbor.example", role: "Owner" },
  engineer: { email: "engineer@vendor.example", role: "Engineer" },
  verifier: { email: "verifier@verifier.example", role: "Verifier" },
  vendorAdmin: { email: "vendor-admin@vendor.example", role: "Vendor admin" },
} satisfies Record<string, Account>;

const password = process.env.GAINSHARE_DEMO_PASSWORD;

/** Signs in through the form, as people do. */
export async function signIn(page: Page, account: Account, next?: string) {
  if (!password) throw new Error("set GAINSHARE_DEMO_PASSWORD to the password of the demonstration accounts");
  await page.goto(next ? `/sign-in?next=${encodeURIComponent(next)}` : "/sign-in");
  await page.getByLabel("E-mail").fill(account.email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(next ?? "**/home");
}

/** The code of RFC 6238 for a base32 secret. */
export function totp(secret: string, at = Date.now()): string {
  const bits = [...secret].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", key).update(step).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Address of the facility that the flower twin feeds. */
export const facility = "/f/cedar-flower";

/** Waits until the browser has taken over the server's page. */
export async function hydrated(page: Page) {
  await expect(page.getByRole("button", { name: "Pause" })).toBeVisible({ timeout: 20_000 });
}

/** `test` that fails when a page logs an error, a panic or a hydration warning. */
export const test = base.extend<{ quiet: void }>({
  quiet: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      // Whoever leaves a page while its code is still coming in stops the download, and nobody is there to mind.
      let left = false;
      page.on("pageerror", (error) => {
        if (!(left && error.message === "unreachable")) complaints.push(`exception: ${error.message}`);
      });
      page.on("console", (message) => {
        const text = message.text();
        left ||= /Response body loading was aborted|Failed to fetch[^]*__wasm_split/.test(text);
        if (left && /body loading was aborted|Failed to fetch|load callback should succeed/.test(text)) return;
        const expected = /Failed to load resource: .*(404|403|422)/.test(text);
        if (!expected && (message.type() === "error" || /hydrat|panicked/i.test(text))) complaints.push(text);
      });
      await use();
      expect(complaints, "the page complained").toEqual([]);
    },
    { auto: true },
  ],
});

/** `test` for journeys in which errors are expected. */
export { base as loud, expect };
