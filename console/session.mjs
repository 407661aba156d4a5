// Who is signed in: one API key, in this tab's session storage and nowhere else.

const NAME = "linegate.key";

/** `https://…/v1` of the page at `https://…/v1/console`: the page and its API are one origin. */
export const BASE_URL = new URL(".", location.href).href.replace(/\/$/, "");

export const storedKey = () => sessionStorage.getItem(NAME);

export const keep = (key) => sessionStorage.setItem(NAME, key);

export const forget = () => sessionStorage.removeItem(NAME);

/** What a person recognises the key by, and nobody can use. */
export const masked = (key) => `${key.slice(0, 3)}…${key.slice(-4)}`;
