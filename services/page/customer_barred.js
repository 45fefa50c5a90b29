// Products that may not be offered to the customer, by the rule that removed them, with the rule's reason.
import { named } from "./bank.js";
import { valuesInForce } from "./customer_stranger.js";
import { card, h } from "./dom.js";
import { isKnown, sentence, t, word } from "./text.js";

export function notOffered(customer, stated) {
  const groups = new Map();
  for (const one of customer.products) {
    if (one.state === "held" || one.state === "listed") continue;
    const name = one.state === "barred" ? `${one.rule ?? ""} ${one.reason ?? ""}` : one.state;
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(one);
  }
  if (groups.has("not_present")) return card(t("not_offered"), h("p", { class: "note" }, stranger(customer, valuesInForce(stated))));
  const without = (products) => Number(products[0].state === "no_consent");  // shown first: it has the most products
  const sorted = [...groups.values()].sort((one, other) => without(other) - without(one));
  return card(t("not_offered"), sorted.length ? sorted.map(group) : h("p", { class: "note" }, t("not_offered_nothing")));
}

// Of a customer who is not in the set no product has a state of its own.
function stranger(customer, values) {
  if (customer.consent === false) return t("consent_wanted");
  return values ? t("state_not_present_stated", { values }) : t("state_not_present");
}

function group(products) {
  const [first] = products;
  return h("div", { class: "barred" }, h("h3", {}, why(first)),
    first.rule ? h("p", { class: "note" }, t("rule"), " ", h("code", {}, first.rule),
      first.version ? ` ${t("version", { version: first.version })}` : null) : null,
    h("ul", { class: "chips" }, products.map((one) => h("li", {}, named(one.item_id)))));
}

// The reason of a rule is English; the page has its own texts for the rules that every bank has.
function why({ state, rule, reason }) {
  if (state !== "barred") return t(`state_${state}`);
  if (rule && isKnown("rule", rule)) return sentence(word("rule", rule));
  if (!rule) return t("barred_unknown");
  return h("span", { lang: "en" }, sentence(reason ?? rule));
}
