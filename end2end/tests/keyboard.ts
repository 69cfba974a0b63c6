// Hands that only have a keyboard, and eyes that look at every stop whether they can see where they are.
import { expect, type Locator, type Page } from "@playwright/test";

/** More stops than any page has on the way to what is looked for. */
const STOPS_MAX = 250;

/** What is wrong with how the focus shows; empty when it can be seen. Runs in the page. */
function look(): string {
  let root: Document | ShadowRoot = document;
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) {
    root = element.shadowRoot;
    element = root.activeElement;
  }
  // Past the last stop the focus leaves the page, and comes back at the next.
  if (!element || element === document.body) return "";
  const called = element.getAttribute("aria-label") ?? (element as HTMLInputElement).labels?.[0]?.textContent ?? element.textContent ?? "";
  const name = `${element.tagName.toLowerCase()} “${called.trim().slice(0, 40)}”`;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  if (outlineStyle === "none" || parseFloat(outlineWidth) < 2) return `${name} has the focus and no outline`;
  const box = element.getBoundingClientRect();
  const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
  const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
  if (right <= left || bottom <= top) return `${name} has the focus out of sight`;
  const inside = (x: number, y: number) => {
    const hit = root.elementFromPoint(x, y);
    // A link of several lines has room between them; what is around it counts as it.
    return hit !== null && (element.contains(hit) || hit.contains(element));
  };
  const [dx, dy] = [Math.min(2, (right - left) / 2), Math.min(2, (bottom - top) / 2)];
  const corners = [[left + dx, top + dy], [right - dx, top + dy], [left + dx, bottom - dy], [right - dx, bottom - dy]];
  return [...corners, [(left + right) / 2, (top + bottom) / 2]].every(([x, y]) => !inside(x, y)) ? `${name} has the focus and is covered` : "";
}

/** Moves the focus on, stop by stop, until it is there. */
export async function reach(page: Page, target: Locator) {
  await expect(target).toBeVisible();
  const there = () => target.evaluate((element) => (element.getRootNode() as Document | ShadowRoot).activeElement === element);
  for (let stop = 0; stop < STOPS_MAX; stop += 1) {
    if (await there()) return;
    await page.keyboard.press("Tab");
    expect(await page.evaluate(look)).toBe("");
  }
  throw new Error(`${target} cannot be reached`);
}

/** Follows a link, presses a button or opens what can be opened. */
export async function press(page: Page, target: Locator) {
  await reach(page, target);
  await page.keyboard.press("Enter");
}

/** Ticks a box or a choice. */
export async function tick(page: Page, target: Locator) {
  await reach(page, target);
  await page.keyboard.press("Space");
  await expect(target).toBeChecked();
}

/** Writes into a field in place of what is there. */
export async function write(page: Page, target: Locator, text: string) {
  await reach(page, target);
  await page.keyboard.press("Control+A");
  await page.keyboard.type(text);
  await expect(target).toHaveValue(text);
}

/** Hands a file to a field. */
export async function hand(page: Page, target: Locator, file: { name: string; mimeType: string; buffer: Buffer }) {
  await reach(page, target);
  const chooser = page.waitForEvent("filechooser");
  await page.keyboard.press("Enter");
  await (await chooser).setFiles(file);
}
