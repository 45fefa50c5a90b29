// Who is likely to acquire a product: scores of the customers who may be offered it, means by segment and age, the hundred most likely.
import { axis, bar, barTable, key, roundTop } from "./charts.js";
import { card, h } from "./dom.js";
import { address } from "./route.js";
import { count, integer, LEAST_SHARE, percent, t, word } from "./text.js";

export function histogram({ histogram: bins }) {
  if (!bins?.counts?.length) return card(t("probabilities"), h("p", { class: "note" }, t("probabilities_nothing")));
  const top = roundTop(bins.counts);
  const rows = bins.counts.map((n, place) => ({ name: span(bins.edges, place), drawn: bar(n, top), text: integer(n) }));
  return card(t("probabilities"), h("p", { class: "note" }, t("probabilities_note")),
    barTable(t("probabilities"), [t("probability"), t("bar"), t("customers")], rows, axis(top, count)));
}

function span(edges, place) {
  if (place === 0) return t("under", { value: percent(edges[1]) });
  if (place === edges.length - 2) return t("from", { value: percent(edges[place]) });
  return `${percent(edges[place])} – ${percent(edges[place + 1])}`;
}

// Mean score by segment or age band: `bands` is [[value, customers, mean], ...]; null if the bank has none.
export function byBand(name, head, bands, average) {
  if (!bands?.length) return null;
  const top = roundTop([...bands.map(([, , mean]) => mean ?? 0), average ?? 0]);
  if (top < LEAST_SHARE) return card(t(name), h("p", { class: "note" }, t("mean_small", { value: percent(LEAST_SHARE) })));
  const rows = bands.map(([value, customers, mean]) => ({
    name: [h("span", {}, word("band", value)), h("small", {}, t("customers_of", { n: customers }))],
    drawn: bar(mean ?? 0, top, average), text: mean === null ? "–" : percent(mean),
  }));
  return card(t(name), h("p", { class: "note" }, t("mean_note")),
    average === null ? null : key([["column", t("mean")], ["mark", t("bank_average")]]),
    barTable(t(name), [head, t("bar"), t("mean")], rows, axis(top, percent)));
}

export const tooFew = () => card(t("likeliest_who"), h("p", { class: "note", id: "too_few" }, t("likeliest_too_few", { value: count(0.1) })));

// With consent required, `without_consent` of the customers listed in the set are left out.
export function likeliest({ likeliest: customers, without_consent: without = 0, offered_to: offered }) {
  const listed = customers?.length ?? 0;
  if (!listed) return card(t("likeliest_who"), h("p", { class: "note" }, t(without ? "likeliest_nobody_consents" : "likeliest_nothing")));
  return card(t("likeliest", { n: listed }),
    offered > listed + without ? h("p", { class: "note" }, t("likeliest_note")) : null,
    without ? h("p", { class: "note" }, t("likeliest_no_consent", { n: without })) : null,
    h("ol", { class: "likeliest" }, customers.map(([id, score], place) => h("li", {},
      h("span", { class: "rank" }, place + 1), h("a", { href: address("customer", id) }, id), h("span", { class: "score" }, percent(score))))));
}
