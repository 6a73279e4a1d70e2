// Pictures of the console for the README, taken from a running server:
// `npx tsx scripts/screenshots.ts [http://127.0.0.1:8080]` writes docs/images/*.png.

import { mkdirSync } from "node:fs";
import path from "node:path";
import { chromium, type BrowserContextOptions } from "playwright-core";

const IMAGES = path.resolve(import.meta.dirname, "../docs/images");
const PICTURES: Readonly<Record<string, BrowserContextOptions>> = {
  "fill.png": { locale: "zh-CN", colorScheme: "light", viewport: { width: 1100, height: 880 } },
  "fill-phone.png": {
    locale: "en-GB",
    colorScheme: "dark",
    viewport: { width: 360, height: 740 },
    isMobile: true,
    hasTouch: true,
  },
};

const url = process.argv[2] ?? "http://127.0.0.1:8080";
const executablePath = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";

async function main(): Promise<void> {
  mkdirSync(IMAGES, { recursive: true });
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  for (const [name, options] of Object.entries(PICTURES)) {
    const page = await (await browser.newContext(options)).newPage();
    await page.goto(url);
    await page.locator("p[data-size]").waitFor();
    // A blinking cursor would make every picture different.
    await page.evaluate("document.activeElement.blur()");
    await page.screenshot({ path: path.join(IMAGES, name), timeout: 120_000 });
    console.log(path.join("docs/images", name));
  }
  await browser.close();
}

await main();
