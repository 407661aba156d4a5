// The service's clock, as its answers tell it: expiry is decided there, whatever this machine says.

let aheadMs = 0;

/** Take the time from an answer's Date header, where it has one. */
export function adjust(headers) {
  const sent = Date.parse(headers.get("date") ?? "");
  if (Number.isNaN(sent)) return;
  const difference = sent - Date.now();
  aheadMs = Math.abs(difference) < 2_000 ? 0 : difference; // the header has whole seconds
}

/** Unix seconds, by the service's clock. */
export function now() {
  return (Date.now() + aheadMs) / 1_000;
}
