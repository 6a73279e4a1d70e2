// What a request may hold at most. The length of a text is in characters.ts.

/** Candidates per blank that a request may ask for. */
export const TOP_K_MAX = 50;
/** Words that a blank may be restricted to. */
export const TARGET_COUNT_MAX = 200;
/** Blanks of one text that are filled together. */
export const BLANK_COUNT_MAX = 16;
/** Characters of the longest note about a version. */
export const NOTE_CHARACTERS_MAX = 4000;
