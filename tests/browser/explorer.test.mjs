// What a reader does in the explorer: by keys, by links, and without any script.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { EXPLORER, assertOnlyFrom, close, open, page } from "./browser.mjs";

before(open);
after(close);

const status = (shown) => shown.page.locator("#status").textContent();
const step = async (shown) => Number(/^Step (\d+) of/.exec(await status(shown))?.[1] ?? 0);

test("keys step through the walk, and each step is told once", async () => {
  const shown = await page();
  await shown.page.goto(EXPLORER);
  const bad = await step(shown);
  assert.ok(bad > 1);
  assert.match(await status(shown), /✗ hop_order is broken\.$/);
  const told = await shown.page.evaluateHandle(() => document.getElementById("status"));
  const at = async (wanted) => {
    await shown.page.waitForURL((url) => url.pathname.endsWith(`/${wanted}`));
    await shown.page.waitForFunction(
      ([it, wanted]) => (it.textContent.startsWith(`Step ${wanted} `) || wanted === 0) && it.isConnected,
      [told, wanted],
    );
  };
  await shown.page.keyboard.press("k");
  await at(bad - 1);
  assert.match(await status(shown), /Nothing is broken\.$/);
  await shown.page.keyboard.press("ArrowLeft");
  await at(bad - 2);
  await shown.page.keyboard.press("j");
  await at(bad - 1);
  await shown.page.keyboard.press("Home");
  await at(0);
  await shown.page.keyboard.press("b");
  await at(bad);
  await shown.page.goBack();
  await at(0);
  assert.match(await shown.page.title(), /^Start/);
  assert.deepEqual(shown.errors, []);
  assertOnlyFrom(shown.asked, EXPLORER);
  await shown.context.close();
});

test("a number takes a step, another way keeps the walk, and both are compared", async () => {
  const shown = await page();
  await shown.page.goto(EXPLORER);
  await shown.page.keyboard.press("Home");
  await shown.page.waitForURL(/\/0$/);
  const names = await shown.page.locator("a.do").allTextContents();
  const walked = await shown.page.locator("ul.next li", { hasText: "the walk’s next step" });
  const taken = await walked.locator("a.do").textContent();
  const other = names.findIndex((name) => name !== taken);
  await shown.page.keyboard.press(String(other + 1));
  await shown.page.waitForURL(/\/1$/);
  await shown.page.getByRole("link", { name: "compare both" }).click();
  assert.match(await shown.page.locator("h1").textContent(), /two walks/);
  assert.equal(await shown.page.locator("li", { hasText: "◆" }).count(), 2);
  await shown.context.close();
});

test("a letter that is typed into a field is no key", async () => {
  const shown = await page();
  await shown.page.goto(EXPLORER);
  const before = shown.page.url();
  await shown.page.locator("#why").fill("");
  await shown.page.locator("#why").press("k");
  assert.equal(await shown.page.locator("#why").inputValue(), "k");
  assert.equal(shown.page.url(), before);
  await shown.context.close();
});

test("keys are switched off where all can see it, and stay so", async () => {
  const shown = await page();
  await shown.page.goto(EXPLORER);
  const bad = await step(shown);
  await shown.page.getByRole("button", { name: "Switch keys off" }).click();
  await shown.page.keyboard.press("k");
  await shown.page.keyboard.press("?");
  await shown.page.reload();
  await shown.page.keyboard.press("k");
  await shown.page.locator("#before").click();
  await shown.page.waitForURL((url) => url.pathname.endsWith(`/${bad - 1}`));
  assert.equal(await shown.page.locator("#keys[open]").count(), 0);
  await shown.page.getByRole("button", { name: "Switch keys on" }).click();
  await shown.page.keyboard.press("k");
  await shown.page.waitForURL((url) => url.pathname.endsWith(`/${bad - 2}`));
  await shown.context.close();
});

for (const javaScriptEnabled of [true, false]) {
  test(`a step stays pinned over steps and a reload, script: ${javaScriptEnabled}`, async () => {
    const shown = await page({ javaScriptEnabled });
    await shown.page.goto(EXPLORER);
    const bad = await step(shown);
    if (javaScriptEnabled) await shown.page.keyboard.press("p");
    else await shown.page.getByRole("link", { name: "Pin this step" }).click();
    await shown.page.waitForURL((url) => url.pathname.endsWith(`/pin-${bad}/${bad}`));
    await shown.page.locator("#first").click();
    await shown.page.waitForURL((url) => url.pathname.endsWith(`/pin-${bad}/0`));
    await shown.page.reload();
    const heading = shown.page.locator("#changes");
    assert.equal(await heading.textContent(), `What is another than at step ${bad}`);
    const columns = await shown.page.locator(".of-changes thead th").allTextContents();
    assert.deepEqual(columns.slice(2), [`At step ${bad}`, "At the start"]);
    assert.ok((await shown.page.locator(".of-changes tbody tr").count()) > 3);
    assert.match(await shown.page.locator(".of-chain svg").textContent(), /which is pinned/);
    await shown.page.getByRole("link", { name: `Pinned: step ${bad}` }).click();
    await shown.page.waitForURL((url) => url.pathname.endsWith(`/${bad}`));
    await shown.page.getByRole("link", { name: "Let go of the pin" }).click();
    await shown.page.waitForURL((url) => !url.pathname.includes("pin-"));
    assert.equal(await heading.textContent(), "What this step changed");
    await shown.context.close();
  });
}

test("a step of the diagram leads to it", async () => {
  const shown = await page({ viewport: { width: 1600, height: 900 } });
  await shown.page.goto(EXPLORER);
  await shown.page.locator("#walk-diagram-t").waitFor({ state: "attached" });
  await shown.page.locator("g.ev text").first().click();
  await shown.page.waitForURL(/\/1$/);
  await shown.context.close();
});

test("without script every step is a link, every question a form", async () => {
  const shown = await page({ javaScriptEnabled: false });
  await shown.page.goto(EXPLORER);
  const bad = await step(shown);
  await shown.page.locator("#before").click();
  assert.equal(await step(shown), bad - 1);
  await shown.page.locator("#after").click();
  assert.equal(await step(shown), bad);
  await shown.page.locator("#why").fill("user strip");
  await shown.page.getByRole("button", { name: "Ask" }).click();
  assert.match(await shown.page.locator("#answer").textContent(), /^user strip: .*since/);
  const download = shown.page.waitForEvent("download");
  await shown.page.getByRole("button", { name: "Save the trace" }).click();
  const saved = readFileSync(await (await download).path(), "utf8");
  assert.match(saved, /"claim":\{"breaks":"hop_order"\}/);
  await shown.page.goto(`${EXPLORER}choose`);
  await shown.page.locator("#of").selectOption("recreate");
  await shown.page.getByLabel("identity-by-uid").check();
  await shown.page.getByRole("button", { name: "Begin" }).click();
  assert.match(shown.page.url(), /\/s\/recreate\/without-identity-by-uid\/start\/0$/);
  await shown.page.locator("a.do").first().click();
  assert.equal(await step(shown), 1);
  assertOnlyFrom(shown.asked, EXPLORER);
  await shown.context.close();
});
