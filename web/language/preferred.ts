export type Language = "zh" | "en";

/** The remembered language, or the browser's: Chinese in all its forms, English for the rest. */
export function initialLanguage(memory: string | null, browser: string): Language {
  if (memory === "zh" || memory === "en") return memory;
  return browser.toLowerCase().startsWith("zh") ? "zh" : "en";
}
