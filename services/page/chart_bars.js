// Bars and intervals that stand in a row beside their name; as wide as their place, drawn in per cent.
import { h, s } from "./dom.js";
import { at, halves } from "./scale.js";

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
