// Observed acquisitions beside their forecasts, and the sets kept.
import { bank } from "./bank.js";
import { axis, barTable, interval, key, roundTop } from "./charts.js";
import { card, h, table } from "./dom.js";
import { intervalName, intervalText } from "./expected.js";
import { count, day, integer, month, t } from "./text.js";

// `months`: forecasts of sets that were in use; `backtest`: the forecast of the backtest month.
export function realised(months, backtest) {
  const forecasts = [...(backtest ? [{ ...backtest, backtest: true }] : []), ...(months ?? [])]
    .filter((one) => Number.isFinite(one.expected) && Number.isFinite(one.observed));
  if (!forecasts.length) return card(t("realised"), h("p", { class: "note" }, t("realised_nothing")));
  const top = roundTop(forecasts.flatMap((one) => [one.expected, one.observed, one.interval?.[1] ?? 0]));
  const rows = forecasts.map((one) => {
    const [low, high] = one.interval ?? [];
    const within = Number.isFinite(low)
      ? [t(one.observed >= low && one.observed <= high ? "within" : "outside", { interval: intervalName() }), intervalText(one.interval)] : [];
    return {
      name: [h("span", {}, month(one.month)), h("small", {}, t(one.backtest ? "backtest" : "in_use_then"))],
      drawn: interval({ low, value: one.expected, high }, top, one.observed),
      text: [t("observed_expected", { observed: integer(one.observed), expected: count(one.expected) }), within.map((text) => h("small", { class: "words" }, text))],
    };
  });
  return card(t("realised"), key([["dot", t("expected")], ["whisker", intervalName()], ["mark", t("observed")]]),
    barTable(t("realised"), [t("month"), t("bar"), t("observed")], rows, axis(top, count)));
}

export function keptSets({ kept }) {
  const rows = kept.map((one) => [
    [h("code", {}, one.set_id), one.in_use || one.set_id === bank.setId ? h("small", { class: "tag" }, t("in_use")) : null],
    day(one.as_of), one.created_at ? day(one.created_at) : "–"]);
  return card(t("kept"), table(t("kept"), [t("set"), t("as_of"), t("published")], rows));
}
