// Expected acquisitions, their interval and their change, in words that agree with each other.
import { bank } from "./bank.js";
import { h } from "./dom.js";
import { count, integer, percent, t } from "./text.js";

const LEAST = 0.1;  // a smaller count says nothing of whole customers

export const isFew = (expected) => Number.isFinite(expected) && expected < LEAST;

// "1,066", "fewer than 0.1"; 0 stays 0.
export const expectedCount = (expected) => (expected > 0 && isFew(expected) ? t("fewer_than", { value: count(LEAST) }) : count(expected));

// The interval in whole customers, wider where the expected count would lie outside of it; null if there is none to show.
export function wholeInterval(expected, interval) {
  if (!interval || !Number.isFinite(expected)) return null;
  const [low, high] = interval;
  if (isFew(expected)) return high > 0 ? interval : null;
  return [Math.min(low, Math.floor(expected)), Math.max(high, Math.ceil(expected))];
}

// "80% interval"; without the share for a set that does not state it.
export function intervalName() {
  const share = bank.manifest.expected_interval?.share;
  return share ? t("interval_of", { share: percent(share) }) : t("interval_of_forecast");
}

export const intervalText = ([low, high]) => `${integer(low)} – ${integer(high)}`;

const signed = (value, write) => `${value > 0 ? "+" : "−"}${write(Math.abs(value))}`;

// "+127 +155%": by how much more is expected than there was in the `last` month.
export const changeText = (change, last) => (Math.abs(change) < LEAST ? ["0", " ", h("small")]
  : [signed(change, count), " ", h("small", {}, last > 0 ? signed(change / last, percent) : null)]);
