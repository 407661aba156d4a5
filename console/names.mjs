// Names of files as they may be shown. Text is all they ever become, but text can mislead, too.

const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** With each character that is invisible, or that turns the direction of its neighbours, as its code. */
export function visible(name) {
  return name.replace(HIDDEN, (character) => {
    const code = character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    return `⟨U+${code}⟩`;
  });
}
