// What charts share: scales with round numbers, a key, bars in a row, the frame around a drawing.
import { h, more, s } from "./dom.js";
import { t } from "./text.js";

const STEPS = [1, 2, 3, 4, 5, 6, 8, 10];  // their halves are short to write too

// The first round number that is no less than all of `values`: 0.37 gives 0.4.
export function roundTop(values) {
  const most = Math.max(...values.filter(Number.isFinite), 0);
  if (most === 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  const step = STEPS.find((one) => one * power >= most * (1 - 1e-9));
  return Number((step * power).toPrecision(3));
}

export const halves = (top) => [0, top / 2, top];

// A place between 0 and 1 as SVG writes it, kept on the scale.
export const at = (share) => `${(100 * Math.min(Math.max(share, 0), 1)).toFixed(3)}%`;

export const HIGH = 200, BOTTOM = 28, TOP = 12;  // pixels of the field, of the labels below it, of air above

const sample = {
  column: () => s("rect", { class: "value", x: 1, y: 2, width: 12, height: 10, rx: 2 }),
  mark: () => s("line", { class: "mark", x1: 7, x2: 7, y1: 0, y2: 14 }),
  dot: () => s("circle", { class: "dot", cx: 7, cy: 7, r: 5 }),
  whisker: () => s("line", { class: "whisker", x1: 0, x2: 14, y1: 7, y2: 7 }),
  over: () => s("line", { class: "whisker over", x1: 7, x2: 7, y1: 0, y2: 14 }),
  diagonal: () => s("line", { class: "diagonal", x1: 0, x2: 14, y1: 14, y2: 0 }),
};

// What the signs mean: [["dot", "expected"], ...].
export const key = (signs) => h("ul", { class: "key" }, signs.map(([sign, text]) =>
  h("li", {}, s("svg", { width: 14, height: 14, "aria-hidden": "true" }, sample[sign]()), text)));

// `ticks`: [[pixels from the top, text], ...] for the left side; `drawn`: SVG of the field.
export const frame = (name, ticks, drawn, under) =>
  h("figure", { class: "chart" },
    h("div", { class: "plot", role: "img", "aria-label": name },
      h("div", { class: "gutter", "aria-hidden": "true" }, ticks.map(([, text]) => h("span", {}, text)),
        s("svg", { width: "100%", height: TOP + HIGH + BOTTOM },
          ticks.map(([y, text]) => s("text", { class: "tick", x: "100%", y: y + 4, "text-anchor": "end" }, text)))),
      s("svg", { class: "field", width: "100%", height: TOP + HIGH + BOTTOM, "aria-hidden": "true" },
        ticks.map(([y]) => s("line", { class: "grid", x1: 0, x2: "100%", y1: y, y2: y })), drawn)),
    under);

export const asTable = (figures) => more(t("as_table"), figures);

// The line to compare with, with an edge in the colour of the page, so that it is seen on a bar.
const line = (mark, top) => (mark === null ? null : ["edge", "mark"].map((sign) =>
  s("line", { class: sign, x1: at(mark / top), x2: at(mark / top), y1: 0, y2: 14 })));

// A bar from 0 to `value` on a scale up to `top`; `mark`: a line to compare with.
export const bar = (value, top, mark = null) =>
  s("svg", { class: "bar", width: "100%", height: "14", "aria-hidden": "true" },
    s("rect", { class: "track", x: 0, y: 2, width: "100%", height: 10, rx: 2 }),
    halves(1).map((share) => s("line", { class: "grid", x1: at(share), x2: at(share), y1: 2, y2: 12 })),
    s("rect", { class: "value", x: 0, y: 2, width: at(value / top), height: 10, rx: 2 }),
    line(mark, top));

// A value with the interval around it; `mark` as above. `low` and `high` may be missing.
export const interval = ({ low, value, high }, top, mark = null) =>
  s("svg", { class: "bar", width: "100%", height: "14", "aria-hidden": "true" },
    s("line", { class: "base", x1: 0, x2: "100%", y1: 7, y2: 7 }),
    line(mark, top),
    Number.isFinite(low) && Number.isFinite(high)
      ? s("line", { class: "whisker", x1: at(low / top), x2: at(high / top), y1: 7, y2: 7 }) : null,
    Number.isFinite(value) ? s("circle", { class: "dot", cx: at(value / top), cy: 7, r: 5 }) : null);

// The ticks that a column of bars shares; `write(tick, { exact: true })` writes one.
export const axis = (top, write) =>
  h("span", { class: "axis", "aria-hidden": "true" }, halves(top).map((tick) => h("span", {}, write(tick, { exact: true }))));

// Rows of a name, a bar and its figures, as one table. `rows`: [{ name, drawn, text }, ...].
// Its roles are stated, because in a narrow place the style shows its rows as blocks, and roles would be lost.
export function barTable(caption, heads, rows, scale = null) {
  const [name, drawn, text] = heads;
  return h("table", { class: "bars", role: "table" },
    h("caption", { class: "unseen" }, caption),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, h("th", { role: "columnheader" }, name),
      h("th", { role: "columnheader", class: "drawn" }, scale, h("span", { class: "unseen" }, drawn)),
      h("th", { role: "columnheader", class: "figure" }, text))),
    h("tbody", { role: "rowgroup" }, rows.map((row) => h("tr", { role: "row" }, h("th", { role: "rowheader" }, row.name),
      h("td", { role: "cell", class: "drawn" }, row.drawn), h("td", { role: "cell", class: "figure" }, row.text)))));
}
