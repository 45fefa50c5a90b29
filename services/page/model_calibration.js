// Expected beside observed acquisitions of the backtest: in total, then by band of probabilities.
import { calibration } from "./chart_calibration.js";
import { card, h } from "./dom.js";
import { intervalName } from "./expected.js";
import { count, integer, month, percent, t } from "./text.js";

export function calibrated(bands, forecast) {
  if (!bands?.length) return card(t("calibration"), h("p", { class: "note" }, t("calibration_nothing")));
  return card(t("calibration"), total(forecast), h("p", { class: "note" }, t("calibration_note")), calibration(t("calibration"), bands));
}

function total(forecast) {
  if (!forecast) return null;
  const { expected, observed, interval: [low, high] } = forecast;
  const within = low <= observed && observed <= high ? "calibration_within" : "calibration_outside";
  const values = { expected: count(expected), observed: integer(observed), difference: difference(expected / observed - 1), month: month(forecast.month) };
  return h("p", { id: "calibration_total" }, t(observed > 0 ? "calibration_total" : "calibration_total_none", values), " ",
    t(within, { interval: intervalName(), low: integer(low), high: integer(high) }));
}

// In whole percent, with its sign: "−14%".
const difference = (share) => `${share < 0 ? "−" : "+"}${percent(Math.round(Math.abs(share) * 100) / 100)}`;
