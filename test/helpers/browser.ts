// A real Chromium for tests of the console, and what must be quiet on every page: no errors, nothing
// that the Content-Security-Policy blocks, no request to another host.

import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

export interface OpenPage {
  readonly page: Page;
  /** Everything that should not have happened, as sentences. */
  readonly complaints: readonly string[];
}

/** A machine may be busy with a training run. */
const PATIENCE_MS = 60_000;

/** Programs in containers often run as root, where Chromium has no sandbox. */
export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
}

/** A page of its own, with its own storage, at `url`. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({ locale: "zh-CN", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`threw ${error.message}`));
  page.on("console", (message) => {
    // Chromium reports a failed request this way; tests of failures cause them on purpose.
    const isFailedRequest = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isFailedRequest) complaints.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(url)) complaints.push(`asked ${request.url()}`);
  });
  await page.goto(url);
  return { page, complaints };
}

// What runs inside the page is written as text, so that the types of the rest of the tests stay
// those of Node.

/** How far the page can be scrolled sideways, in CSS pixels; 0 when it fits. */
export function sidewaysScrollOf(page: Page): Promise<number> {
  const root = "document.documentElement";
  return page.evaluate<number>(`${root}.scrollWidth - ${root}.clientWidth`);
}

/** What was copied last; the context needs the permission "clipboard-read". */
export function clipboardOf(page: Page): Promise<string> {
  return page.evaluate<string>("navigator.clipboard.readText()");
}

/** What has the focus, by its label or its own text, with single spaces; empty: nothing has. */
export function focusedName(page: Page): Promise<string> {
  return page.evaluate<string>(`(() => {
    const element = document.activeElement;
    if (element === document.body) return "";
    const labelled = element.closest("label") ?? element;
    const text = labelled.innerText.trim() || element.getAttribute("aria-label") || element.id;
    return text.split(/\\s+/).join(" ");
  })()`);
}

/** Whether a person sees where the focus is: an outline on the element, its label or its box. */
export function hasVisibleFocus(page: Page): Promise<boolean> {
  return page.evaluate<boolean>(`(() => {
    const element = document.activeElement;
    const isField = element.tagName === "TEXTAREA";
    const box = isField ? element.parentElement.parentElement : undefined;
    return [element, element.closest("label"), element.nextElementSibling, box].some((place) => {
      if (!place) return false;
      const { outlineStyle, outlineWidth } = getComputedStyle(place);
      return outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
    });
  })()`);
}
