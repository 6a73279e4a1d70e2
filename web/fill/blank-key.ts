/** The shortcut that makes a blank, as the keyboard in front of the person names it. */
export const BLANK_KEY = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘B" : "Ctrl+B";
