// Calibration: expected against observed share in bands of scores, both on a logarithmic scale.
import { asTable, at, frame, HIGH, key, TOP } from "./charts.js";
import { h, s, table } from "./dom.js";
import { integer, percent, t } from "./text.js";
import { wilson } from "./wilson.js";

// `bands`: [{ expected, observed, pairs }, ...].
export function calibration(caption, bands) {
  const values = bands.flatMap((band) => [band.expected, band.observed]).filter((value) => value > 0);
  const first = Math.floor(Math.log10(Math.min(...values, 0.1))), decades = -first;
  const place = (value) => (value > 0 ? Math.max((Math.log10(value) - first) / decades, 0) : 0);
  const y = (value) => TOP + HIGH * (1 - place(value));
  const ticks = Array.from({ length: decades + 1 }, (_, power) => 10 ** (first + power));
  const write = (tick) => percent(tick, { exact: true });
  const most = Math.max(...bands.map((band) => band.pairs));
  const drawn = [
    ticks.map((tick, number) => [
      s("line", { class: "grid", x1: at(place(tick)), x2: at(place(tick)), y1: TOP, y2: TOP + HIGH }),
      s("text", { class: `tick ${(ticks.length - 1 - number) % 2 ? "thin-2" : ""}`, x: at(place(tick)), y: TOP + HIGH + 18,
        "text-anchor": number === 0 ? "start" : number === decades ? "end" : "middle" }, write(tick))]),
    s("line", { class: "diagonal", x1: 0, x2: "100%", y1: TOP + HIGH, y2: TOP }),
    bands.map((band) => s("circle", { class: "dot", cx: at(place(band.expected)), cy: y(band.observed), r: 4 + 4 * Math.sqrt(band.pairs / most) },
      s("title", {}, `${percent(band.expected)} · ${percent(band.observed)} · ${integer(band.pairs)}`))),
    bands.map((band) => [band, ...wilson(band.observed, band.pairs)]).map(([band, low, high]) =>
      s("line", { class: "whisker over", x1: at(place(band.expected)), x2: at(place(band.expected)), y1: y(low), y2: y(high) })),
  ];
  const rows = bands.map((band) => [percent(band.expected), percent(band.observed),
    wilson(band.observed, band.pairs).map((share) => percent(share)).join(" – "), integer(band.pairs)]);
  return frame(caption, ticks.map((tick) => [y(tick), write(tick)]), drawn, h("figcaption", {},
    h("p", { class: "under" }, t("calibration_axes")),
    key([["dot", t("band")], ["over", t("interval_95")], ["diagonal", t("diagonal")]]),
    asTable(table(caption, [t("expected_share"), t("observed_share"), t("interval_95"), t("pairs")], rows, { figures: [0, 1, 2, 3] }))));
}
