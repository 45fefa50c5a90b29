// All products side by side: last month's acquisitions, the forecast of the next month, and the change between them.
import { asked, bank, named, nameOf } from "./bank.js";
import { card, h } from "./dom.js";
import { changeText, expectedCount, intervalName, intervalText, wholeInterval } from "./expected.js";
import { address } from "./route.js";
import { integer, month, t } from "./text.js";

// The figures of one product by column; null where the set does not know one.
function entry(item) {
  const { expected: stated, interval, acquisitions } = bank.summary.products[item] ?? {};
  const expected = Number.isFinite(stated) ? stated : null, last = acquisitions?.at(-1)?.[1] ?? null;
  const between = wholeInterval(expected, interval), change = expected === null || last === null ? null : expected - last;
  return { item, name: nameOf(item), last, expected, between, high: between?.[1] ?? null, change };
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

// The card as `element`; `mark(item)` marks the product that is shown; `followed` is called when a link of the table is.
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
  const box = h("div", { class: "scroll tall", tabindex: "0", role: "group", "aria-label": t("overview") },
    h("table", { class: "overview" }, h("caption", { class: "unseen" }, t("overview")), h("thead", {}, h("tr", {}, heads)), body));
  return { element: card(t("overview"), h("p", { class: "note" }, t("overview_note")), box), mark: (item) => mark(rows, item, box) };
}

const row = (one, [, ...figures], followed) => h("tr", {},
  h("th", { scope: "row" }, h("a", { href: address("product", one.item), onclick: followed }, named(one.item))),
  figures.map(({ value, cell }) => h("td", { class: "figure" }, one[value] === null ? "–" : cell(one))));

// The row is also brought into the part of the table that is seen.
function mark(rows, item, box) {
  for (const [one, element] of rows) {
    const link = element.querySelector("a");
    if (one === item) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  const shown = rows.get(item), head = box.querySelector("thead").offsetHeight;
  const beyond = shown.offsetTop + shown.offsetHeight - box.clientHeight;
  box.scrollTop = Math.min(Math.max(box.scrollTop, beyond), shown.offsetTop - head);
}
