// Plain text tables and bars for terminals, where a Chinese character is two columns wide.

/** Han, kana, Hangul, full-width forms and pictures. */
const WIDE = new RegExp(
  "[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\u4dbf\\u4e00-\\ua4cf\\uac00-\\ud7a3\\uf900-\\ufaff" +
    "\\ufe30-\\ufe6f\\uff00-\\uff60\\uffe0-\\uffe6\\u{1f300}-\\u{1faff}\\u{20000}-\\u{3fffd}]",
  "u",
);
const ZERO = /[\p{Mn}\p{Me}\u200b-\u200f]/u;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** Rows under titles, two spaces between columns; titles that are all empty are left out. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const titles = columns.map(({ title }) => title);
  const lines = titles.some((title) => title !== "") ? [titles, ...rows] : rows;
  const widths = columns.map((_, i) =>
    lines.reduce((widest, line) => Math.max(widest, displayWidth(line[i] ?? "")), 0),
  );
  const format = (line: readonly string[]): string =>
    columns
      .map(({ align }, i) => {
        const cell = line[i] ?? "";
        const padding = " ".repeat((widths[i] ?? 0) - displayWidth(cell));
        return align === "right" ? padding + cell : cell + padding;
      })
      .join("  ")
      .trimEnd();
  return lines.map(format).join("\n");
}

/** A bar of `share` (0..1) of `width` columns, to an eighth of a column. */
export function formatBar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const text = "█".repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? "");
  return text.padEnd(width);
}

/** "9.5 MB" */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

/** "1 h 5 min", "42 s" */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${Math.round((whole % 3600) / 60)} min`;
  return whole >= 60 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${whole} s`;
}

/** Columns that a text takes in a terminal. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += ZERO.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** "2026-11-25 08:30" of a time in ISO 8601, UTC. */
export function formatMinute(at: string): string {
  return at.slice(0, 16).replace("T", " ");
}

/** The same to the second. */
export function formatSecond(at: string): string {
  return at.slice(0, 19).replace("T", " ");
}
