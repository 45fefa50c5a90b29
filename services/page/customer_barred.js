// What may not be offered to the customer, by the rule that took it, with the rule's reason.
import { named } from "./bank.js";
import { card, h } from "./dom.js";
import { isKnown, sentence, t, word } from "./text.js";

export function notOffered(customer) {
  const groups = new Map();
  for (const one of customer.products) {
    if (one.state === "held" || one.state === "listed") continue;
    const name = one.state === "barred" ? `${one.rule ?? ""} ${one.reason ?? ""}` : one.state;
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(one);
  }
  const without = (found) => Number(found[0].state === "no_consent");  // said first: it counts for the most products
  const sorted = [...groups.values()].sort((one, other) => without(other) - without(one));
  return card(t("not_offered"), sorted.length ? sorted.map(group) : h("p", { class: "note" }, t("not_offered_nothing")));
}

function group(found) {
  const [first] = found;
  return h("div", { class: "barred" }, h("h3", {}, why(first)),
    first.rule ? h("p", { class: "note" }, t("rule"), " ", h("code", {}, first.rule),
      first.version ? ` ${t("version", { version: first.version })}` : null) : null,
    first.state === "not_present" ? null : h("ul", { class: "chips" }, found.map((one) => h("li", {}, named(one.item_id)))));
}

// The rule's own words are English; the page knows those of the rules that every bank has.
function why({ state, rule, reason }) {
  if (state !== "barred") return t(`state_${state}`);
  if (rule && isKnown("rule", rule)) return sentence(word("rule", rule));
  if (!rule) return t("barred_unsaid");
  return h("span", { lang: "en" }, sentence(reason ?? rule));
}
