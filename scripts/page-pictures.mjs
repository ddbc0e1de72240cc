// @ts-check
// npm run page:pictures: the lab page as it looks, at three widths in both schemes, in docs/page/, to be judged by eye.

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { drawn, startLabPage } from "../test/lab/page/ui/labPage.ts";

const folder = fileURLToPath(new URL("../docs/page/", import.meta.url));

/** Widths, and how high a screen of that width is. */
const screens = /** @type {const} */ ([
  [360, 780],
  [820, 1180],
  [1440, 900],
]);
const schemes = /** @type {const} */ (["light", "dark"]);

/** Pictures that are taken once: name, width, scheme, state, and where to scroll. */
const others = /** @type {const} */ ([
  ["refused", 1440, "light", "full&drop:CertificateVerify", "main"],
  ["compared", 1440, "dark", "full&CertificateVerify@40=00&with=full", "main"],
  ["key-schedule", 1440, "light", "0rtt", "#keys"],
  ["paths", 820, "light", "full&certificates:old-path-only", "#certificates"],
]);

mkdirSync(folder, { recursive: true });
const lab = await startLabPage();
try {
  for (const [width, height] of screens) {
    for (const scheme of schemes)
      await take(`full-${width}-${scheme}`, width, height, scheme, "full&at=server.ServerHello@38");
  }
  for (const [name, width, scheme, state, top] of others) await take(name, width, 900, scheme, state, top);
} finally {
  await lab.close();
}

/**
 * @param {string} name
 * @param {number} width
 * @param {number} height
 * @param {"light" | "dark"} colorScheme
 * @param {string} state
 * @param {string} top
 */
async function take(name, width, height, colorScheme, state, top = "body") {
  const page = await lab.browser.newPage({
    viewport: { width, height },
    colorScheme,
    reducedMotion: "reduce",
  });
  await page.goto(`${lab.url}#${state}`);
  await drawn(page);
  if (state.includes("with=")) await page.locator(".ladders").waitFor();
  await page.locator(top).evaluate((element) => element.scrollIntoView());
  await page.screenshot({ path: `${folder}${name}.png` });
  await page.close();
  console.log(`docs/page/${name}.png`);
}
