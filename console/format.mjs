// Numbers and times for people. Pure, but for the language, which is the page's.

const LANGUAGE = "en";
const UNITS = ["B", "KB", "MB", "GB", "TB"];
const EXACT = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium", timeStyle: "medium" });
const RELATIVE = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "always", style: "long" });
const COUNT = new Intl.NumberFormat(LANGUAGE);
const STEPS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** 1,536 as `1.5 KB`; a unit is 1,024 of the one before. */
export function bytes(count) {
  let value = count;
  let unit = 0;
  while (value >= 1_024 && unit < UNITS.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  const digits = unit > 0 && value < 100 ? 1 : 0;
  return `${Number(value.toFixed(digits))} ${UNITS[unit]}`;
}

export const count = (value) => COUNT.format(value);

/** `1 file`, `2 files`. */
export const counted = (value, noun) => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

/** `in 3 days`, `2 minutes ago`, `just now`; in the largest unit that fits. */
export function relative(at, now) {
  const seconds = Math.round(at - now);
  if (seconds <= 0 && seconds > -60) return "just now";
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return RELATIVE.format(rounded(seconds / length), unit);
  }
  return "just now";
}

/** To the nearest whole, but never to nothing. */
const rounded = (value) => Math.sign(value) * Math.max(1, Math.round(Math.abs(value)));

export const exact = (at) => EXACT.format(at * 1_000);

/** A duration in seconds: `7 days`, `1 hour`. */
export function duration(seconds) {
  for (const [unit, length] of STEPS) {
    if (seconds >= length && seconds % length === 0) return counted(seconds / length, unit);
  }
  return counted(seconds, "second");
}
