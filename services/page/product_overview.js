// All products side by side: last month's acquisitions, the forecast of the next month, and the change between them.
import { asked, bank, named, nameOf } from "./bank.js";
import { card, h } from "./dom.js";
import { changeText, expectedCount, intervalName, intervalText, shown, wholeInterval } from "./expected.js";
import { address } from "./route.js";
import { integer, month, t } from "./text.js";

// The figures of one product by column; null where the set does not know one.
function entry(item) {
  const { expected, interval, acquisitions } = bank.summary.products[item] ?? {};
  return { item, name: nameOf(item), ...figures(acquisitions?.at(-1)?.[1] ?? null, Number.isFinite(expected) ? expected : null, interval) };
}

function figures(last, expected, interval) {
  const between = wholeInterval(expected, interval), change = expected === null || last === null ? null : shown(expected) - last;
  return { last, expected, between, high: between?.[1] ?? null, change };
}

// The same of all products; a sum is unknown where the figure of one product is.
function together(entries) {
  const sum = (value) => entries.reduce((total, one) => (total === null || one[value] === null ? null : total + one[value]), 0);
  return figures(sum("last"), sum("expected"), bank.manifest.expected_interval?.together);
}

// `value`: what a column is sorted by; `cell`: how a figure that is known is written.
function columns() {
  const known = Object.values(bank.summary.products).find((one) => one.acquisitions?.length);
  const last = known ? t("acquired_in", { month: month(known.acquisitions.at(-1)[0]) }) : t("acquisitions");
  return [
    { head: t("product"), value: "name" },
    { head: last, value: "last", cell: (one) => integer(one.last) },
    { head: t("expected_in", { month: month(bank.summary.next_month) }), value: "expected", cell: (one) => expectedCount(one.expected) },
    { head: intervalName(), value: "high", cell: (one) => intervalText(one.between) },
    { head: t("change"), value: "change", cell: (one) => changeText(one.change, one.last) },
  ];
}

// Unknown figures come last whatever the order.
function ordered(entries, value, up) {
  const names = new Intl.Collator(asked(), { numeric: true });
  const compare = (one, other) => (value === "name" ? names.compare(one.name, other.name) : one[value] - other[value]);
  const known = entries.filter((one) => one[value] !== null), unknown = entries.filter((one) => one[value] === null);
  return [...known.sort((one, other) => (up ? compare(one, other) : compare(other, one))), ...unknown];
}

// The card as `element`; `mark(item)` marks the product that is shown, null for none; `followed(item)` is called when its link is.
export function overview(followed) {
  const entries = bank.products.map((one) => entry(one.item_id)), made = columns();
  const rows = new Map(entries.map((one) => [one.item, row(one, made, followed)]));
  const body = h("tbody"), heads = made.map(({ head, value }) => h("th", { scope: "col", class: value === "name" ? null : "figure" },
    h("button", { type: "button", class: "sort", onclick: () => sort(value) }, head)));
  let by = null, up = false;
  function sort(value) {  // figures begin with the largest, names with A; the second time it is the other way round
    up = by === value ? !up : value === "name";
    by = value;
    heads.forEach((head, place) => {
      if (made[place].value === by) head.setAttribute("aria-sort", up ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    });
    body.replaceChildren(...ordered(entries, by, up).map((one) => rows.get(one.item)));
  }
  sort("expected");
  const name = t("overview", { n: entries.length });
  const all = h("tbody", { class: "together" }, h("tr", {}, h("th", { scope: "row" }, t("all_products")), cells(together(entries), made)));
  const box = h("div", { class: "scroll wide", tabindex: "0", role: "group", "aria-label": name },
    h("table", { class: "overview" }, h("caption", { class: "unseen" }, name), h("thead", {}, h("tr", {}, heads)), all, body));
  return { element: card(name, h("p", { class: "note" }, t("overview_note")), box), mark: (item) => mark(rows, item) };
}

const row = (one, made, followed) => h("tr", {},
  h("th", { scope: "row" }, h("a", { href: address("product", one.item), onclick: () => followed(one.item) }, named(one.item))), cells(one, made));

const cells = (one, [, ...columnsOfFigures]) =>
  columnsOfFigures.map(({ value, cell }) => h("td", { class: "figure" }, one[value] === null ? "–" : cell(one)));

function mark(rows, item) {
  for (const [one, element] of rows) {
    const link = element.querySelector("a");
    if (one === item) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}
