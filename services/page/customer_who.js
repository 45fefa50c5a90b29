// What the set states of the customer: status, segment, age band, holdings by group of products.
import { bank, grouped, named } from "./bank.js";
import { card, facts, h } from "./dom.js";
import { day } from "./numbers.js";
import { t, word } from "./text.js";

// The first thing to see: why a list is empty, or not the customer's own. null for a customer with an own list.
export function banner(customer, chosen, again) {
  const status = customer.consent === false ? "no_consent" : customer.status;
  if (status === "ok") return null;
  return h("section", { class: `callout ${status}`, "aria-label": t("standing") },
    h("strong", {}, t(`${status}_title`)), h("p", {}, t(`${status}_text`)),
    customer.status === "unknown" ? stated(chosen, again) : null);
}

// For a customer who is not in the set: segment and age may be stated, as in the API.
function stated(chosen, again) {
  const segment = h("select", { id: "segment" }, h("option", { value: "" }, "–"),
    bank.segments.map((one) => h("option", { value: one, selected: one === chosen.segment }, one)));
  const age = h("input", { id: "age", type: "number", min: 0, max: 120, value: chosen.age });
  const ask = (event) => {
    event.preventDefault();
    if (!age.checkValidity()) return age.focus();
    Object.assign(chosen, { segment: segment.value, age: age.value });
    again();
  };
  return h("form", { class: "ask", novalidate: true, onsubmit: ask },
    bank.segments.length ? h("label", {}, t("segment"), segment) : null,
    h("label", {}, t("age"), age),
    h("span", { class: "buttons" }, h("button", { type: "submit" }, t("state"))));
}

export function who(customer) {
  const consent = { true: t("consent_given"), false: t("consent_missing") }[customer.consent];
  return card(t("who"), facts([
    [t("customer_number"), customer.user_id],
    [t("standing"), t(`status_${customer.status}`)],
    [t("segment"), customer.segment],
    [t("age_band"), customer.age_band === null || customer.age_band === undefined ? null : word("band", customer.age_band)],
    [t("consent"), consent],
    [t("as_of"), day(customer.as_of)],
  ]));
}

export function holds(customer) {
  if (customer.status === "unknown") return null;
  const items = customer.products.filter((one) => one.state === "held").map((one) => one.item_id);
  return card(t("holds", { n: items.length }),
    items.length === 0 ? h("p", { class: "note" }, t("holds_nothing")) : grouped(items).map(([group, members]) => [
      h("h3", {}, word("group", group)),
      h("ul", { class: "chips" }, members.map((item) => h("li", {}, named(item))))]));
}
