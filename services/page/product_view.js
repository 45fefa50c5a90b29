// One product: its forecast for next month, and who is likely to acquire it.
import { bank, grouped, language, named, nameOf, Problem, read } from "./bank.js";
import { months } from "./chart_months.js";
import { card, h, put } from "./dom.js";
import { expectedCount, isFew, shown, wholeInterval } from "./expected.js";
import { inWords } from "./model_rules.js";
import { overview } from "./product_overview.js";
import { byBand, histogram, likeliest, tooFew } from "./product_who.js";
import { address } from "./route.js";
import { capital, integer, month, percent, t, word } from "./text.js";

export const title = () => t("product");

let mounted = null;

function mount(place, turn) {
  const items = bank.products.map((one) => one.item_id);
  const choice = h("select", { id: "item", onchange: () => turn.go("product", choice.value) },
    grouped(items).map(([group, members]) => h("optgroup", { label: word("group", group) },
      members.map((item) => h("option", { value: item }, nameOf(item))))));
  const result = h("div", { class: "product" }), status = h("p", { class: "status", role: "status" });
  const all = overview(follow);
  place.replaceChildren(h("h1", { tabindex: "-1" }, t("product_title")), all.element,
    h("form", { class: "ask" }, h("label", {}, t("choose_product"), choice)), status, result);
  mounted = { choice, result, status, place, mark: all.mark, language, item: null, wanted: false };
}

// A link in the table: `show` brings the product into view, but the address of the product that is shown does not change.
function follow(item) {
  if (location.hash === address("product", item)) reveal();
  else mounted.wanted = true;
}

// After the frame of the page has moved the focus, which scrolls too.
function reveal() {
  mounted.wanted = false;
  requestAnimationFrame(() => document.getElementById("product_name")?.scrollIntoView({ block: "start" }));
}

export async function show(place, id, turn) {
  if (bank.summary === null) return withoutSummary(place, t("product_title"));
  const before = mounted, fresh = !before || before.place !== place || !place.contains(before.result);
  if (fresh) mount(place, turn);
  const { choice, result, status } = mounted, item = id ?? mostExpected();
  const translated = before?.item === item && before.language !== language;  // the reader stays at the top, with the languages
  if (fresh && id !== null && !translated) mounted.wanted = true;
  mounted.item = item;
  if (!bank.product.has(item)) {
    choice.selectedIndex = -1;  // so that each product can be chosen
    mounted.mark(null);
    return refuse(t("no_product", { item }));
  }
  if (id === null) turn.stay("product", item);
  choice.value = item;
  result.setAttribute("aria-busy", "true");
  status.textContent = t("loading");
  try {
    const figures = await read(`console/products/${encodeURIComponent(item)}`);
    if (!turn.alive()) return;
    status.replaceChildren(h("span", { class: "unseen" }, nameOf(item)));
    mounted.mark(item);
    put(result, parts(item, figures));
    result.removeAttribute("aria-busy");
    if (mounted.wanted) reveal();
  } catch (error) {
    if (!turn.alive()) return;
    if (!(error instanceof Problem) || error.status !== 404) throw error;
    if (await turn.renew()) return;
    refuse(error.message);
  }
}

function refuse(message) {
  const { result, status } = mounted;
  mounted.wanted = false;
  status.textContent = "";
  result.removeAttribute("aria-busy");
  result.replaceChildren(h("p", { class: "callout wrong", role: "alert" }, message));
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
  const heading = h("h2", { class: "name", id: "product_name" }, named(item), h("small", {}, ` · ${word("group", bank.product.get(item).group)}`));
  if (!figures.offered_to) return [heading, expected(item, figures)];
  const average = bank.summary.bank_average?.[item] ?? null;
  const bands = [byBand("by_segment", t("segment"), figures.by_segment, average),
    byBand("by_age", t("age_band"), figures.by_age, average)].filter(Boolean);
  return [
    heading,
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
    known ? h("p", { class: "big" }, h("strong", { id: "expected" }, capital(expectedCount(sum))), " ", t("acquisitions_unit", { n: shown(sum) })) : null,
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
