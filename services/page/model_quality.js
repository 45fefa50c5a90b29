// How good the order is: beside popularity and the most that can be reached, and for each group of customers.
import { axis, barTable, interval } from "./chart_bars.js";
import { key } from "./chart_frame.js";
import { card, facts, h } from "./dom.js";
import { decimal, month, percent } from "./numbers.js";
import { t, word } from "./text.js";

const known = Number.isFinite, WHOLE = "whole bank";

// "0.856 [0.850 – 0.861]", the interval in small letters, where there is one.
const beside = (value, low, high, write) =>
  [write(value), " ", known(low) && known(high) ? h("small", {}, `[${write(low)} – ${write(high)}]`) : null];

export function quality(found) {
  if (!found || !known(found.map_at_7)) return card(t("quality"), h("p", { class: "note" }, t("quality_nothing")));
  const rows = [
    { name: t("popularity"), value: found.popularity_of_maximum },
    { name: t("this_model"), value: found.of_maximum, low: found.of_maximum_low, high: found.of_maximum_high },
    { name: t("maximum"), value: 1 },
  ].filter((row) => known(row.value));
  return card(t("quality"),
    h("p", { class: "note" }, t("quality_note", {
      month: month(found.target_month), n: found.customers, acquirers: found.customers_with_an_acquisition })),
    barTable(t("quality"), [t("method"), t("bar"), t("of_maximum")], rows.map((row) => ({
      name: row.name, drawn: interval(row, 1), text: beside(row.value, row.low, row.high, percent) })), axis(1, percent)),
    key([["dot", t("of_maximum")], ["whisker", t("interval_95")]]),
    facts([
      ["MAP@7", beside(found.map_at_7, found.low, found.high, decimal)],
      [t("popularity"), known(found.popularity) ? decimal(found.popularity) : null],
      [t("maximum"), known(found.maximum) ? decimal(found.maximum) : null],
      [t("precision"), known(found.precision_at_7) ? percent(found.precision_at_7) : null],
      [t("recall"), known(found.recall_at_7) ? percent(found.recall_at_7) : null],
      [t("coverage"), known(found.coverage) ? percent(found.coverage) : null],
    ]));
}

export function groups(found, whole) {
  if (!found?.length) return card(t("groups"), h("p", { class: "note" }, t("groups_nothing")));
  const evaluated = found.filter((one) => known(one.of_maximum)), small = found.filter((one) => !known(one.of_maximum));
  const rows = evaluated.map((one) => ({
    name: [h("span", {}, nameOf(one)), h("small", {}, t("customers_of", { n: one.customers })),
      one.high < whole ? h("small", { class: "below" }, t("below_whole")) : null],
    drawn: interval({ low: one.low, value: one.of_maximum, high: one.high }, 1, known(whole) ? whole : null),
    text: beside(one.of_maximum, one.low, one.high, percent),
  }));
  return card(t("groups"), h("p", { class: "note" }, t("groups_note")),
    key([["dot", t("of_maximum")], ["whisker", t("interval_95")], ["mark", t("whole_bank")]]),
    barTable(t("groups"), [t("group"), t("bar"), t("of_maximum")], rows, axis(1, percent)),
    small.length ? h("p", { class: "note" }, t("groups_small"), " ", small.map(nameOf).join("; "), ".") : null);
}

// "Age: 18-25"; the row of all customers has no value of its own.
const nameOf = ({ group, value }) => (group === WHOLE ? t("all_customers") : `${word("field", group)}: ${word("band", value)}`);

