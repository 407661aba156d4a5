// Names and texts of others, as they may be shown. Text is all they ever become here, but text can
// mislead, too.

const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** With each character that is invisible, or that turns the direction of its neighbours, as its code. */
export const visibleText = (text) => text.replace(HIDDEN, code);

/** The same for one line. */
export const visible = (name) => visibleText(name).replace(/[\t\n]/g, code);

function code(character) {
  return `⟨U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`;
}
