// Acquisitions of the last months as columns, and the forecast of the next month as a dot with its interval.
import { asTable, at, frame, halves, HIGH, key, roundTop, TOP } from "./charts.js";
import { h, s, table } from "./dom.js";
import { expectedCount } from "./expected.js";
import { count, integer, month, percent, shortMonth, t } from "./text.js";

// `observed`: [["2016-04", 120], ...] oldest first; `next`: { month, expected, interval: [low, high] } or null.
export function months(caption, observed, next, share) {
  const [low, high] = next?.interval ?? [null, null];
  const places = observed.length + (next ? 1 : 0), step = 1 / Math.max(places, 1);
  const top = roundTop([...observed.map(([, n]) => n), next?.expected ?? 0, high ?? 0, 2]);  // ticks are whole
  const y = (value) => TOP + HIGH * (1 - value / top), middle = (place) => at((place + 0.5) * step);
  const label = (place, text) => s("text", { class: `tick ${thin(places - 1 - place)}`, x: middle(place), y: TOP + HIGH + 18, "text-anchor": "middle" }, text);
  const drawn = [
    observed.map(([when, n], place) => [
      s("rect", { class: "value", x: at((place + 0.15) * step), width: at(0.7 * step), y: y(n), height: TOP + HIGH - y(n), rx: 2 },
        s("title", {}, `${month(when)}: ${integer(n)}`)),
      label(place, shortMonth(when))]),
    next && [
      low === null ? null : s("line", { class: "whisker", x1: middle(observed.length), x2: middle(observed.length), y1: y(low), y2: y(high) }),
      s("circle", { class: "dot", cx: middle(observed.length), cy: y(next.expected), r: 5 }),
      label(observed.length, shortMonth(next.month))],
  ];
  const rows = observed.map(([when, n]) => [month(when), integer(n), ""]);
  if (next) rows.push([month(next.month), expectedCount(next.expected), low === null ? "" : `${integer(low)} – ${integer(high)}`]);
  return frame(caption, halves(top).map((tick) => [y(tick), count(tick)]), drawn, h("figcaption", {},
    key([["column", t("acquisitions_by_month")], ...(next ? [["dot", t("expected")]] : []), ...(low === null ? [] : [["whisker", t("interval_of", { share: percent(share) })]])]),
    asTable(table(caption, [t("month"), t("acquisitions"), t("interval")], rows, { figures: [1, 2] }))));
}

// Which labels stay where the field is narrow: counted from the newest month.
const thin = (back) => [back % 2 ? "thin-2" : "", back % 4 ? "thin-4" : "", back % 8 ? "thin-8" : ""].join(" ");
