// A browser for the tests, which notes what it is asked to load.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";

export const EXPLORER = process.env.EXPLORER;
export const LIVE = process.env.LIVE;
export const REPORT = `file://${process.env.REPORT}`;

/** A wide screen, and a telephone. */
export const SIZES = { wide: { width: 1320, height: 900 }, narrow: { width: 390, height: 844 } };
/** What is between the margins of A4. */
export const PAPER = { width: 718, height: 1040 };
export const SCHEMES = ["light", "dark"];

let browser;

export async function open() {
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: sandbox });
}

export async function close() {
  await browser.close();
}

/** A page of its own, and every address that it asks for. */
export async function page(options = {}) {
  const context = await browser.newContext({ acceptDownloads: true, ...options });
  const asked = [];
  context.on("request", (request) => asked.push(request.url()));
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (line) => line.type() === "error" && errors.push(line.text()));
  return { page, asked, errors, context };
}

/** Nothing was asked of anybody but whom the page is from. */
export function assertOnlyFrom(asked, origin) {
  const elsewhere = asked.filter((url) => !url.startsWith(origin) && !url.startsWith("data:"));
  assert.deepEqual(elsewhere, []);
  assert.notEqual(asked.length, 0);
}

/**
 * axe finds nothing to mend. A figure is one image to it: what is drawn in it is said beside it, and
 * is taken away first, as it takes axe minutes to pass over. There are no frames, so axe runs where
 * the page is, and passes only what is wrong with it from there.
 */
export async function assertAccessible(page) {
  await page.evaluate(() => {
    for (const drawn of document.querySelectorAll("svg > :not(title, desc)")) drawn.remove();
  });
  const axe = new AxeBuilder({ page }).options({ resultTypes: ["violations"] });
  const found = await axe.setLegacyMode().analyze();
  const told = found.violations.map((it) => {
    const where = it.nodes.map((node) => `${node.target}: ${node.failureSummary}`);
    return `${it.id}: ${it.help}\n  ${where.slice(0, 4).join("\n  ")}`;
  });
  assert.deepEqual(told, []);
  assert.ok(found.passes.length > 10, "rules that were tried");
}

/** On a screen figures and tables scroll in boxes of their own; a page never does. */
export async function assertFits(page) {
  const [whole, seen] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  assert.ok(whole <= seen, `${whole} px wide in ${seen} px`);
}

/** A picture, where somebody asked for them. */
export async function picture(page, name, fullPage = true) {
  if (!process.env.SCREENSHOTS) return;
  mkdirSync(process.env.SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`), fullPage });
}
