// Runs before the first paint, so that a remembered choice of light, dark or language never flashes.
// A file of its own because the Content-Security-Policy allows no inline script; language/ and
// frame/ read and write the same two keys.
(() => {
  const root = document.documentElement;
  const memory = { scheme: null, language: null };
  try {
    memory.scheme = localStorage.getItem("whetstone-color-scheme");
    memory.language = localStorage.getItem("whetstone-language");
  } catch {
    // Storage may be forbidden; then the system and the browser decide.
  }
  const isDark =
    memory.scheme === "dark" ||
    (memory.scheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.mantineColorScheme = isDark ? "dark" : "light";
  const language = memory.language ?? navigator.language;
  root.lang = language.startsWith("zh") ? "zh-CN" : "en";
})();
