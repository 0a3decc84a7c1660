// Every page in both colour schemes, on a wide screen, on a narrow one and on paper.
import { after, before, test } from "node:test";
import {
  EXPLORER, PAPER, REPORT, SCHEMES, SIZES,
  assertAccessible, assertFits, assertOnlyFrom, close, open, page, picture,
} from "./browser.mjs";

const FORK = "s/recreate/reference/user+delete.deliver+ccm+service/user+delete.ccm+poll/";

const PAGES = {
  report: REPORT,
  bad: EXPLORER,
  start: `${EXPLORER}s/everyday/reference/start/0`,
  rivals: `${EXPLORER}s/two-ncp/reference/user+delete/1?why=ccm+poll`,
  choose: `${EXPLORER}choose`,
  compare: `${EXPLORER}${FORK}compare`,
  refused: `${EXPLORER}s/create/reference/user+creat/0`,
};

before(open);
after(close);

for (const [name, address] of Object.entries(PAGES)) {
  for (const colorScheme of SCHEMES) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      test(`${name}, ${colorScheme}, ${size}`, async () => {
        const shown = await page({ colorScheme, viewport });
        await shown.page.goto(address);
        await picture(shown.page, `${name}-${colorScheme}-${size}`);
        await assertFits(shown.page);
        await assertAccessible(shown.page);
        assertOnlyFrom(shown.asked, name === "report" ? "file:" : EXPLORER);
        await shown.context.close();
      });
    }
  }
  test(`${name}, on paper`, async () => {
    const shown = await page({ viewport: PAPER });
    await shown.page.goto(address);
    await shown.page.emulateMedia({ media: "print" });
    await assertFits(shown.page);
    await shown.context.close();
  });
  test(`${name}, every part unfolded`, async () => {
    const shown = await page({ viewport: SIZES.narrow });
    await shown.page.goto(address);
    await shown.page.evaluate(() => {
      for (const it of document.querySelectorAll("details")) it.open = true;
    });
    await assertFits(shown.page);
    await assertAccessible(shown.page);
    await shown.context.close();
  });
}
