// Where words begin, by the platform's own segmenter (ICU). Knows no names.

/** Han characters as detectors see them: the basic plane, and one sign for all rare ones. */
export const HAN = "\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\ue000";

const HAN_CHARACTER = new RegExp(`^[${HAN}]$`);
/** ICU's time grows faster than the text, so it gets the text in pieces of this many characters. */
const PIECE = new RegExp(`[${HAN}]{1,64}`, "g");
const segmenter = new Intl.Segmenter("zh", { granularity: "word" });

export function isHanCharacter(character: string | undefined): boolean {
  return character !== undefined && HAN_CHARACTER.test(character);
}

export interface Segmentation {
  /** Whether a word begins at this place; true beside anything that is not Han. */
  startsAt(place: number): boolean;
  /** Whether the stretch is one word. */
  isWord(start: number, end: number): boolean;
}

/** The words of a text; they are sought when the first question comes. */
export function segmentationOf(text: string): Segmentation {
  let inside: Uint8Array | undefined;
  const insideOf = (): Uint8Array => {
    inside ??= placesInsideWords(text);
    return inside;
  };
  const startsAt = (place: number): boolean => insideOf()[place] !== 1;
  return {
    startsAt,
    isWord(start, end) {
      if (!startsAt(start) || !startsAt(end)) return false;
      for (let i = start + 1; i < end; i++) if (startsAt(i)) return false;
      return true;
    },
  };
}

function placesInsideWords(text: string): Uint8Array {
  const inside = new Uint8Array(text.length + 1);
  for (const { 0: piece, index } of text.matchAll(PIECE)) {
    for (const { segment, index: at } of segmenter.segment(piece)) {
      inside.fill(1, index + at + 1, index + at + segment.length);
    }
  }
  return inside;
}
