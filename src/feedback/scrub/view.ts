// A text as the detectors see it: half-width, without blank markers and invisible characters, each
// character knowing where it came from, so that replacements land around the markers. Knows nothing
// of personal data.

/** The markers of a blank, the same as those of tasks/fill-mask. */
const MARKER = /\[MASK\]|\[BLANK\]|_{2,}|＿{2,}/g;
/** Zero-width and soft-hyphen characters: invisible, so they must not hide a number. */
const INVISIBLE = /[\u00ad\u200b-\u200f\u2060\ufeff]/;
const DASH = /[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/;
const SPACE = /[\u00a0\u2000-\u200a\u202f\u3000]/;
const MIDDLE_DOT = /[\u2022\u2027\u30fb\uff65]/;
/** One character of the view for a rare Han character that takes two UTF-16 units. */
export const RARE_HAN = "\ue000";
/** What a rare Han character is replaced by: also two units long. */
const RARE_HAN_SURROGATE = "\u{20000}";
/** How a marker appears in a view that keeps the text around it apart. */
const BREAK = "\u0001";

export interface View {
  readonly text: string;
  /** For each character of `text` its place in the original; ascending. */
  readonly at: readonly number[];
  readonly original: string;
}

/**
 * The view of a text. Blank markers are left out ("drop"), so that 138[MASK]00138000 is one number,
 * or stand as a boundary ("break"), so that 12[MASK]13800138000 is not.
 */
export function viewOf(original: string, markers: "drop" | "break"): View {
  let text = "";
  const at: number[] = [];
  const push = (from: number, to: number): void => {
    for (let i = from; i < to; i++) {
      const seen = normalised(original, i);
      if (seen === "") continue;
      text += seen;
      at.push(i);
      if (seen === RARE_HAN) i++;
    }
  };
  let done = 0;
  for (const { 0: marker, index } of original.matchAll(MARKER)) {
    push(done, index);
    if (markers === "break") {
      text += BREAK;
      at.push(index);
    }
    done = index + marker.length;
  }
  push(done, original.length);
  return { text, at, original };
}

export function hasMarkers(text: string): boolean {
  return text.search(MARKER) >= 0;
}

function normalised(text: string, index: number): string {
  const unit = text.charCodeAt(index);
  const character = text.charAt(index);
  if (unit < 0x80) return character;
  if (DASH.test(character)) return "-";
  if (SPACE.test(character)) return " ";
  if (unit >= 0xff01 && unit <= 0xff5e) return String.fromCharCode(unit - 0xfee0);
  if (INVISIBLE.test(character)) return "";
  if (MIDDLE_DOT.test(character)) return "·";
  // The high halves of planes 2 and 3, which hold nothing but Han characters.
  if (unit >= 0xd840 && unit <= 0xd8bf && index + 1 < text.length) return RARE_HAN;
  return character;
}

/** A stretch of a view and what replaces it; both are equally long. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The original with the replacements made, as long as before, full-width where it was. */
export function replaceInView(view: View, replacements: readonly Replacement[]): string {
  const units = view.original.split("");
  for (const { start, end, text } of replacements) {
    for (let i = start; i < end; i++) {
      const place = view.at[i] ?? 0;
      const character = text.charAt(i - start);
      if (view.text[i] === RARE_HAN) {
        units[place] = RARE_HAN_SURROGATE;
        units[place + 1] = "";
      } else if (character !== view.text[i]) {
        units[place] = widened(character, units[place] ?? "");
      }
    }
  }
  return units.join("");
}

function widened(character: string, original: string): string {
  const unit = original.charCodeAt(0);
  const isWide = unit >= 0xff01 && unit <= 0xff5e;
  const code = character.charCodeAt(0);
  return isWide && code > 0x20 && code < 0x7f ? String.fromCharCode(code + 0xfee0) : character;
}
