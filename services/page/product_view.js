// One product: its forecast for next month, and who is likely to acquire it.
import { bank, grouped, named, nameOf, Problem, read } from "./bank.js";
import { months } from "./chart_months.js";
import { card, h, put } from "./dom.js";
import { expectedCount, isFew, wholeInterval } from "./expected.js";
import { inWords } from "./model_rules.js";
import { overview } from "./product_overview.js";
import { byBand, histogram, likeliest, tooFew } from "./product_who.js";
import { capital, integer, month, percent, t, word } from "./text.js";

export const title = () => t("product");

let mounted = null;

function mount(place, turn) {
  const items = bank.products.map((one) => one.item_id);
  const choice = h("select", { id: "item", onchange: () => turn.go("product", choice.value) },
    grouped(items).map(([group, members]) => h("optgroup", { label: word("group", group) },
      members.map((item) => h("option", { value: item }, nameOf(item))))));
  const result = h("div", { class: "product" }), status = h("p", { class: "unseen", role: "status" });
  const all = overview(() => (mounted.followed = true));
  place.replaceChildren(h("h1", { tabindex: "-1" }, t("product_title")), all.element,
    h("form", { class: "ask" }, h("label", {}, t("choose_product"), choice)), status, result);
  mounted = { choice, result, status, place, mark: all.mark, followed: false };
}

export async function show(place, id, turn) {
  if (bank.summary === null) return withoutSummary(place, t("product_title"));
  if (!mounted || mounted.place !== place || !place.contains(mounted.result)) mount(place, turn);
  const { choice, result, status } = mounted, item = id ?? mostExpected();
  if (!bank.product.has(item)) {
    status.textContent = "";
    result.replaceChildren(h("p", { class: "callout wrong", role: "alert" }, t("no_product", { item })));
    return;
  }
  if (id === null) turn.stay("product", item);
  choice.value = item;
  status.textContent = t("loading");
  try {
    const figures = await read(`console/products/${encodeURIComponent(item)}`);
    if (!turn.alive()) return;
    status.textContent = nameOf(item);
    mounted.mark(item);
    put(result, parts(item, figures));
    if (mounted.followed) result.firstElementChild.scrollIntoView({ block: "nearest" });  // the table fills a small window
    mounted.followed = false;
  } catch (error) {
    if (!turn.alive()) return;
    if (!(error instanceof Problem) || error.status !== 404) throw error;
    if (await turn.renew()) return;
    status.textContent = "";
    result.replaceChildren(h("p", { class: "callout wrong", role: "alert" }, error.message));
  }
}

export function withoutSummary(place, heading) {
  place.replaceChildren(h("h1", { tabindex: "-1" }, heading),
    h("section", { class: "callout" }, h("strong", {}, t("no_summary_title")), h("p", {}, t("no_summary_text")),
      h("p", {}, h("code", {}, "make publish"))));
}

function mostExpected() {
  const expected = ([, figures]) => figures.expected ?? 0;
  const known = Object.entries(bank.summary.products).filter(([item]) => bank.product.has(item));
  return known.sort((one, other) => expected(other) - expected(one))[0]?.[0] ?? bank.products[0].item_id;
}

function parts(item, figures) {
  if (!figures.offered_to) return [expected(item, figures)];
  const average = bank.summary.bank_average?.[item] ?? null;
  const bands = [byBand("by_segment", t("segment"), figures.by_segment, average),
    byBand("by_age", t("age_band"), figures.by_age, average)].filter(Boolean);
  return [
    h("div", { class: "columns" },
      h("div", { class: "column wide" }, expected(item, figures)),
      h("div", { class: "column" }, histogram(figures))),
    bands.length ? h("div", { class: "columns" }, bands) : null,
    isFew(figures.expected) ? tooFew() : likeliest(figures),
  ];
}

function expected(item, { offered_to: offered = 0, expected: sum, interval, interval_share: share, acquisitions, removed_by: removedBy }) {
  const { next_month: next } = bank.summary, known = offered > 0 && Number.isFinite(sum);
  const between = known ? wholeInterval(sum, interval) : null;
  const coming = known ? { month: next, expected: sum, interval: between } : null;
  return card(t("expected_in", { month: month(next) }),
    h("p", { class: "name" }, named(item), " · ", word("group", bank.product.get(item).group)),
    known ? h("p", { class: "big" }, h("strong", { id: "expected" }, capital(expectedCount(sum))), " ", t("acquisitions_unit", { n: sum })) : null,
    between ? h("p", { class: "note", id: "expected_interval" }, t("between", {
      low: integer(between[0]), high: integer(between[1]), share: percent(share) })) : null,
    offered ? h("p", { class: "note" }, t("offered_to", { n: offered })) : toNobody(removedBy),
    byMonth(nameOf(item), acquisitions, coming, share));
}

// `removedBy`: customers by name of the rule; null or missing in a set that does not say what rules removed.
function toNobody(removedBy) {
  const rules = Object.entries(removedBy ?? {}).sort(([, one], [, other]) => other - one).map(([name, n]) =>
    h("li", {}, inWords(bank.summary.model?.rules?.find((rule) => rule.name === name) ?? { name }), " ",
      h("small", {}, t("removed_for_customers", { n }))));
  if (!rules.length) return h("p", { id: "offered_to_nobody" }, t("offered_to_nobody"));
  return h("div", { id: "offered_to_nobody" }, h("p", {}, t("offered_to_nobody_rules")), h("ul", {}, rules));
}

// No chart where it would be empty.
function byMonth(name, acquisitions, coming, share) {
  if (!acquisitions?.length) return h("p", { class: "note" }, t("no_months"));
  if (acquisitions.some(([, n]) => n > 0) || (coming && !isFew(coming.expected))) {
    return months(t("months_of", { name }), acquisitions, coming, share ?? 0);
  }
  return h("p", { class: "note" }, t("months_nothing", { first: month(acquisitions[0][0]), last: month(acquisitions.at(-1)[0]) }));
}
