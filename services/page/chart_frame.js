// What every chart has around its drawing: a caption, a name for screen readers, a key, the figures as a table.
import { h, more, s } from "./dom.js";
import { t } from "./text.js";

export const HIGH = 200, BOTTOM = 28, TOP = 12;  // pixels of the field, of the labels below it, of air above

const sample = {
  column: () => s("rect", { class: "value", x: 1, y: 2, width: 12, height: 10, rx: 2 }),
  mark: () => s("line", { class: "mark", x1: 7, x2: 7, y1: 0, y2: 14 }),
  dot: () => s("circle", { class: "dot", cx: 7, cy: 7, r: 5 }),
  whisker: () => s("line", { class: "whisker", x1: 0, x2: 14, y1: 7, y2: 7 }),
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
