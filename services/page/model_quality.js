// Quality of the ranking: beside popularity and the maximum, and for each group of customers.
import { axis, barTable, interval, key } from "./charts.js";
import { card, facts, h } from "./dom.js";
import { capital, decimal, month, percent, t, word } from "./text.js";

const known = Number.isFinite, WHOLE = "whole bank";

// "0.856 [0.850 – 0.861]", the interval in small letters, where there is one.
const beside = (value, low, high, write) =>
  [write(value), " ", known(low) && known(high) ? h("small", {}, `[${write(low)} – ${write(high)}]`) : null];

const tenths = (share) => percent(share, { tenths: true });

// The best method without a ranker; an older summary has popularity alone, without its recall. null if none is known.
function bestBaseline({ popularity_of_maximum: reached, popularity }, others) {
  const [best] = (others ?? []).filter((one) => known(one.of_maximum)).sort((one, other) => other.of_maximum - one.of_maximum);
  const found = best ?? (known(reached) ? { method: "popularity of acquisitions", of_maximum: reached, map_at_7: popularity } : null);
  return found && { ...found, name: word("method", found.method) };
}

// `others`: methods without a ranker, of the same month; null or missing in older summaries.
export function quality(metrics, others) {
  if (!metrics || !known(metrics.map_at_7)) return card(t("quality"), h("p", { class: "note" }, t("quality_nothing")));
  const baseline = bestBaseline(metrics, others);
  const rows = [
    baseline && { name: capital(baseline.name), value: baseline.of_maximum, low: baseline.low, high: baseline.high },
    { name: t("this_model"), value: metrics.of_maximum, low: metrics.of_maximum_low, high: metrics.of_maximum_high },
    { name: t("maximum"), value: 1 },
  ].filter((row) => known(row?.value));
  return card(t("quality"), inWords(metrics, baseline),
    h("p", { class: "note" }, t("quality_note", {
      month: month(metrics.target_month), n: metrics.customers, acquirers: metrics.customers_with_an_acquisition })),
    barTable(t("quality"), [t("method"), t("bar"), t("of_maximum")], rows.map((row) => ({
      name: row.name, drawn: interval(row, 1), text: beside(row.value, row.low, row.high, tenths) })), axis(1, percent)),
    key([["dot", t("of_maximum")], ["whisker", t("interval_95")]]),
    facts([
      ["MAP@7", beside(metrics.map_at_7, metrics.low, metrics.high, decimal)],
      [t("map_of", { method: baseline?.name }), known(baseline?.map_at_7) ? decimal(baseline.map_at_7) : null],
      [t("maximum"), known(metrics.maximum) ? decimal(metrics.maximum) : null],
      [t("precision"), known(metrics.precision_at_7) ? percent(metrics.precision_at_7) : null],
      [t("recall"), known(metrics.recall_at_7) ? percent(metrics.recall_at_7) : null],
      [t("coverage"), known(metrics.coverage) ? percent(metrics.coverage) : null],
    ]));
}

const whole = (share) => percent(Math.round(share * 100) / 100);

// Recall is a mean over the customers who acquired something; the share of the maximum is that of MAP@7.
function inWords(metrics, baseline) {
  const reached = metrics.of_maximum;
  const sentences = [
    known(reached) && baseline ? t("maximum_words", { reached: whole(reached), method: baseline.name, baseline: whole(baseline.of_maximum) }) : null,
    recallInWords(metrics, baseline),
  ].filter(Boolean);
  return sentences.length ? h("p", { id: "quality_words" }, sentences.join(" ")) : null;
}

// Seven places hold most of what is acquired with any method: recall is stated beside the baseline's, or of the first place.
function recallInWords({ recall_at_7: seven, recall_at_1: first }, baseline) {
  if (known(seven) && known(baseline?.recall_at_7)) {
    return t("recall_words", { recall: tenths(seven), method: baseline.name, baseline: tenths(baseline.recall_at_7) });
  }
  return known(first) ? t("recall_first", { recall: tenths(first) }) : null;
}

export function groups(measured, ofBank) {
  if (!measured?.length) return card(t("groups"), h("p", { class: "note" }, t("groups_nothing")));
  const evaluated = measured.filter((one) => known(one.of_maximum)), small = measured.filter((one) => !known(one.of_maximum));
  const rows = evaluated.map((one) => ({
    name: [h("span", {}, nameOf(one)), h("small", {}, t("customers_of", { n: one.customers })),
      one.high < ofBank ? h("small", { class: "below" }, t("below_whole")) : null],
    drawn: interval({ low: one.low, value: one.of_maximum, high: one.high }, 1, known(ofBank) ? ofBank : null),
    text: beside(one.of_maximum, one.low, one.high, tenths),
  }));
  return card(t("groups"), h("p", { class: "note" }, t("groups_note")),
    key([["dot", t("of_maximum")], ["whisker", t("interval_95")], ["mark", t("whole_bank")]]),
    barTable(t("groups"), [t("group"), t("bar"), t("of_maximum")], rows, axis(1, percent)),
    small.length ? h("p", { class: "note" }, t("groups_small"), " ", small.map(nameOf).join("; "), ".") : null);
}

// "Age: 18-25"; the row of all customers has no value of its own.
const nameOf = ({ group, value }) => (group === WHOLE ? t("all_customers") : `${word("field", group)}: ${word("band", value)}`);

