// What a reader sees of a running chain: as it changes, standing still, and without any script.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  LIVE, SCHEMES, SIZES,
  assertAccessible, assertFits, assertOnlyFrom, close, open, page, picture,
} from "./browser.mjs";
import { create, remove } from "./chain.mjs";

before(open);
after(close);

const status = (shown) => shown.page.locator("#status");

test("a page follows the chain by itself", async () => {
  const shown = await page();
  await shown.page.goto(LIVE);
  await shown.page.getByText("There is no Service with a load balancer.").waitFor();
  await create("web", 8081);
  await shown.page.getByRole("link", { name: "default/web" }).click();
  await status(shown).getByText(/^It serves at 127\.100\.9\.\d+; nothing is waited for\.$/).waitFor();
  assert.equal(await shown.page.locator("section.card").count(), 3);
  // Events have seconds only: which of several within one is the last is not known.
  await shown.page.locator("svg text", { hasText: /^\d+s ago$/ }).first().waitFor();
  await shown.page.locator("#again").focus();
  await remove("web");
  await shown.page.getByText("there is no Service web").waitFor();
  // The page that says so is none of a chain, and the script still looks.
  await create("web", 8081);
  await status(shown).getByText("It serves at").waitFor();
  assertOnlyFrom(shown.asked, LIVE);
  await shown.context.close();
});

test("a page that stands still does so until it is to follow again, also when it is loaded anew", async () => {
  const shown = await page();
  await shown.page.goto(LIVE);
  await shown.page.getByRole("button", { name: "Stand still" }).click();
  const asked = shown.asked.length;
  await create("still", 8082);
  await shown.page.waitForTimeout(5000);
  assert.equal(shown.asked.length, asked);
  await shown.page.reload();
  await shown.page.getByRole("link", { name: "default/still" }).waitFor();
  await remove("still");
  await shown.page.getByRole("button", { name: "Refresh every 2 s" }).click();
  await shown.page.getByRole("link", { name: "default/still" }).waitFor({ state: "detached" });
  await shown.context.close();
});

test("who is in a box stays there while the page follows", async () => {
  await create("at", 8085);
  const shown = await page();
  await shown.page.goto(`${LIVE}svc/default/at`);
  await shown.page.locator("#main .scroll").focus();
  const before = await shown.page.locator("#main").innerHTML();
  // The ages are others each second.
  await shown.page.waitForFunction((it) => document.getElementById("main").innerHTML !== it, before);
  assert.equal(await shown.page.evaluate(() => document.activeElement.className), "scroll");
  await remove("at");
  await shown.context.close();
});

test("without script a link looks again", async () => {
  const shown = await page({ javaScriptEnabled: false });
  await shown.page.goto(`${LIVE}svc/default/third`);
  assert.match(await shown.page.locator(".notice").textContent(), /there is no Service third/);
  await create("third", 8083);
  await shown.page.goto(`${LIVE}svc/default/third`);
  for (let tries = 0; !/serves at/.test(await status(shown).textContent()); tries += 1) {
    assert.ok(tries < 300, await status(shown).textContent());
    await shown.page.locator("#again").click();
  }
  await shown.context.close();
});

test("one for which there is no address waits, and every page can be read", async () => {
  await create("full", 8084);
  for (const [name, path] of [["live", ""], ["live-service", "svc/default/full"]]) {
    for (const colorScheme of SCHEMES) {
      for (const [size, viewport] of Object.entries(SIZES)) {
        const shown = await page({ colorScheme, viewport });
        await shown.page.goto(`${LIVE}${path}`);
        await shown.page.getByText("a free address").first().waitFor();
        await shown.page.getByRole("button", { name: "Stand still" }).click();
        await picture(shown.page, `${name}-${colorScheme}-${size}`);
        await assertFits(shown.page);
        await assertAccessible(shown.page);
        assertOnlyFrom(shown.asked, LIVE);
        await shown.context.close();
      }
    }
  }
});
