// Expected beside observed acquisitions of the backtest: in total, then by band of probabilities.
import { calibration } from "./chart_calibration.js";
import { card, h } from "./dom.js";
import { intervalName } from "./expected.js";
import { count, integer, month, percent, t } from "./text.js";
import { wilson } from "./wilson.js";

export function calibrated(bands, forecast) {
  if (!bands?.length) return card(t("calibration"), h("p", { class: "note" }, t("calibration_nothing")));
  return card(t("calibration"), total(forecast), h("p", { id: "calibration_bands" }, byBand(bands)),
    h("p", { class: "note" }, t("calibration_note")), calibration(t("calibration"), bands));
}

function total(forecast) {
  if (!forecast) return null;
  const { expected, observed, interval: [low, high] } = forecast;
  const within = low <= observed && observed <= high ? "calibration_within" : "calibration_outside";
  const values = { expected: count(expected), observed: integer(observed), difference: difference(expected / observed - 1), month: month(forecast.month) };
  return h("p", { id: "calibration_total" }, t(observed > 0 ? "calibration_total" : "calibration_total_none", values), " ",
    t(within, { interval: intervalName(), low: integer(low), high: integer(high) }));
}

// "14% fewer expected than observed", in whole percent.
function difference(share) {
  const rounded = Math.round(Math.abs(share) * 100) / 100;
  if (rounded === 0) return t("calibration_equal");
  return share < 0 ? t("calibration_fewer", { share: percent(rounded) }) : t("calibration_more", { share: percent(rounded) });
}

// In how many bands chance alone does not explain the difference: too small to be seen on a scale of decades.
function byBand(bands) {
  const intervals = bands.map(({ expected, observed, pairs }) => [expected, ...wilson(observed, pairs)]);
  const low = intervals.filter(([expected, least]) => expected < least).length;
  const high = intervals.filter(([expected, , most]) => expected > most).length;
  const sentence = t("calibration_bands", { outside: low + high, n: bands.length });
  return low + high ? `${sentence}${t("calibration_sides", { low, high })}` : `${sentence}.`;
}
