// Elements from text and attributes. Nothing here reads HTML, so no name of a file can become one.

/**
 * An element. `attributes`: strings and numbers are set as they are, true and false add and remove
 * them, functions named `on…` listen, and the rest of `PROPERTIES` are assigned. Children are nodes,
 * strings, or nothing.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  element.append(
    ...children.flat().filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "indeterminate", "files"]);

function set(element, name, value) {
  if (typeof value === "function") element.addEventListener(name.slice(2), value);
  else if (PROPERTIES.has(name)) element[name] = value;
  else if (value === true) element.setAttribute(name, "");
  else if (value !== false && value !== null && value !== undefined)
    element.setAttribute(name, value);
}

/** Replace what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(
    ...children.flat().filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

/** Assign text only where it changes: a screen reader reads a live region again otherwise. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

let ids = 0;

/** An id of this page for labels and descriptions. */
export function newId(prefix) {
  ids += 1;
  return `${prefix}-${ids}`;
}
