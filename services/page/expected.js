// Expected acquisitions, their interval and their change, in words that agree with each other.
import { bank } from "./bank.js";
import { h } from "./dom.js";
import { count, hundredths, integer, percent, t } from "./text.js";

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

// The number that `expectedCount` shows: what is computed from it agrees with what is read.
export function shown(expected) {
  if (isFew(expected)) return 0;
  return expected >= 100 ? Math.round(expected) : Number(expected.toPrecision(2));
}

const signed = (value, write) => `${value > 0 ? "+" : "−"}${write(Math.abs(value))}`;

// "+127 +155%": by how much more is expected than there was in the `last` month, in whole percent.
export function changeText(change, last) {
  if (Math.abs(change) < 0.005) return ["0", " ", h("small")];
  const part = last > 0 ? Math.round((100 * Math.abs(change)) / last) / 100 : null;
  return [signed(change, hundredths), " ", h("small", {}, part ? signed(Math.sign(change) * part, percent) : part === 0 ? percent(0) : null)];
}
