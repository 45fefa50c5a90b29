// The products of a customer: those recommended, with probability and reasons, and those not offered, with the rule's reason.
import { asked, bank, named } from "./bank.js";
import { axis, bar, key, roundTop } from "./charts.js";
import { notAllowed, pastRate, valuesInForce } from "./customer_who.js";
import { card, h, more } from "./dom.js";
import { integer, isKnown, LEAST_SHARE, month, percent, sentence, t, times, word } from "./text.js";

// Rank, name, probability as a bar beside the bank's average, reasons as sentences.
export function recommended(customer, answer, stated) {
  const list = answer.recommendations;
  if (!list.length) return card(t("recommended"), h("p", { class: "note" }, t("recommended_nothing")));
  const averages = answer.source === "personal" ? (bank.summary?.bank_average ?? {}) : {};
  const compared = list.some((one) => Number.isFinite(averages[one.item_id]));
  const allBelow = list.every((one) => one.score < averages[one.item_id]);
  const top = roundTop([LEAST_SHARE, ...list.flatMap((one) => [one.score, averages[one.item_id] ?? 0])]);
  return card(t("recommended"),
    h("p", { class: "note" }, answer.source === "popular" ? pastRate(stated) : probability()),
    compared ? key([["column", t("this_customer")], ["mark", t("average_offered")]]) : null,
    h("div", { class: "scale" }, axis(top, percent)),
    h("ol", { class: "list" }, list.map((one) => entry(one, top, averages[one.item_id] ?? null))),
    allBelow ? h("p", { class: "note" }, t("all_below_average")) : null,
    ranked(customer, answer),
    bank.summary === null ? h("p", { class: "note" }, t("no_summary_average")) : null);
}

function probability() {
  const next = bank.summary?.next_month;
  return `${t("personal_note")} ${next ? t("probability_in", { month: month(next) }) : t("probability_after")}`;
}

function entry(one, top, average) {
  const compared = average ? compare(one.score, average) : null;
  return h("li", {},
    h("span", { class: "rank", "aria-label": t("rank", { n: one.rank }) }, one.rank),
    h("a", { class: "name", href: `#/product/${encodeURIComponent(one.item_id)}`, lang: asked() }, one.name),
    h("span", { class: "score" }, percent(one.score)),
    h("div", { class: "drawn" }, bar(one.score, top, average)),
    h("div", { class: "explained" },
      compared ? h("span", { class: "compared" }, compared) : null,
      (one.reasons ?? []).map((reason) => h("span", { class: "reason", lang: asked() }, sentence(reason.text)))));
}

// "2.8 times the bank's average of 6.6%", and below a third of it "1/120 of the bank's average of 6.6%".
// Shares that are both written as "under 0.01%" are not compared.
function compare(score, average) {
  if (Math.max(score, average) < LEAST_SHARE) return null;
  const ratio = score / average;
  if (ratio > 0.95 && ratio < 1.05) return t("about_average", { average: percent(average) });
  if (ratio >= 1 / 3) return t("times_average", { times: times(ratio), average: percent(average) });
  if (ratio < 1 / 1000) return t("below_average", { part: `1/${integer(1000)}`, average: percent(average) });
  return t("part_of_average", { part: `1/${integer(Number((1 / ratio).toPrecision(2)))}`, average: percent(average) });
}

// How many of the products that may be offered are shown; all of them where fewer were returned than asked for.
function ranked(customer, { source, k, returned }) {
  const all = customer.products.filter((one) => one.state === "listed").length;
  if (all > returned) return h("p", { class: "note" }, t("shown_of", { shown: returned, n: all }));
  return source === "personal" && returned < k ? h("p", { class: "note" }, t("can_be_offered", { n: returned })) : null;
}

// Products that may not be offered, by the rule that removed them.
export function notOffered(customer, channel, stated) {
  const groups = new Map();
  for (const one of customer.products) {
    if (one.state === "held" || one.state === "listed") continue;
    const name = one.state === "barred" ? `${one.rule ?? ""} ${one.reason ?? ""}` : one.state;
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(one);
  }
  if (groups.has("not_present")) return card(t("not_offered"), h("p", { class: "note" }, stranger(customer, channel, valuesInForce(stated))));
  const without = (products) => Number(products[0].state === "no_consent");  // shown first: it has the most products
  const sorted = [...groups.values()].sort((one, other) => without(other) - without(one));
  return card(t("not_offered"), sorted.length ? sorted.map((products) => (without(products) ? noConsent(products, notAllowed(customer, channel)) : group(products))) : h("p", { class: "note" }, t("not_offered_nothing")));
}

// Of a customer who is not in the set no product has a state of its own.
function stranger(customer, channel, values) {
  if (customer.consent === false) return `${notAllowed(customer, channel)} ${t("nothing_offered")}`;
  return values ? t("state_not_present_stated", { values }) : t("state_not_present");
}

function group(products) {
  const [first] = products;
  return h("div", { class: "barred" }, h("h3", {}, why(first)),
    first.rule ? h("p", { class: "note" }, t("rule"), " ", h("code", {}, first.rule),
      first.version ? ` ${t("version", { version: first.version })}` : null) : h("p", { class: "note" }, t("barred_unknown_note")),
    chips(products));
}

const chips = (products) => h("ul", { class: "chips" }, products.map((one) => h("li", {}, named(one.item_id))));

// Not ranked without consent and often most of the catalogue: folded away.
const noConsent = (products, title) => h("div", { class: "barred" }, h("h3", {}, `${title} ${t("state_no_consent")}`),
  more(t("products_of", { n: products.length }), chips(products)));

// The reason of a rule is English; the page has its own texts for the rules that every bank has.
function why({ rule, reason }) {
  if (rule && isKnown("rule", rule)) return sentence(word("rule", rule));
  if (!rule) return t("barred_unknown");
  return h("span", { lang: "en" }, sentence(reason ?? rule));
}
