// What the set states of the customer: status, segment, age band, holdings by group of products. If the customer is not in the
// set, segment and age may be stated, as in the API.
import { bank, grouped, named } from "./bank.js";
import { card, facts, h } from "./dom.js";
import { day, t, word } from "./text.js";

const NOTHING_CHANGES = ["deceased", "suppressed", "nothing_left"];  // consent would not: nobody is to be asked for it

// The first thing to see: why a list is empty, or not the customer's own. null for a customer with an own list.
// `state` takes the segment and age that the form asks for, `chooseChannel` the channel of a button.
export function banner({ customer, channel, stated }, state, chooseChannel) {
  const { status } = customer;
  if (customer.consent === false && !NOTHING_CHANGES.includes(status)) return withoutConsent(allowedOf(customer), channel, chooseChannel);
  if (status === "ok") return null;
  return status === "unknown" ? callout(status, t("unknown_title", { day: day(customer.as_of) }), inForce(stated), stateForm(stated, state))
    : callout(status, t(`${status}_title`), t(`${status}_text`));
}

const callout = (status, title, text, ...more) =>
  h("section", { class: `callout ${status}`, "aria-label": t("standing") }, h("strong", {}, title), h("p", {}, text), ...more);

function withoutConsent(allowed, channel, chooseChannel) {
  if (!allowed.length) return callout("no_consent", t("no_consent_title"), t("no_consent_text"));
  const title = channel ? t("no_channel_title", { channel }) : t("some_channels_title");
  return callout("no_consent", title, t("some_channels_text", { channels: allowed.join(", ") }),
    h("p", { class: "buttons" }, allowed.map((one) =>
      h("button", { type: "button", onclick: () => chooseChannel(one) }, t("show_for", { channel: one })))));
}

// Why consent keeps a customer's products back: for the channel chosen, for every channel, or for any.
export function notAllowed(customer, channel) {
  const some = allowedOf(customer).length > 0;
  if (some && channel) return t("not_over_channel", { channel });
  return some ? t("not_over_every_channel") : t("no_channel_allowed");
}

const allowedOf = ({ channels }) => Object.keys(channels ?? {}).filter((channel) => channels[channel]);

export function who(customer) {
  return card(t("who"), facts([
    [t("customer_number"), customer.user_id],
    [t("standing"), standing(customer)],
    [t("segment"), customer.segment],
    [t("age_band"), customer.age_band === null || customer.age_band === undefined ? null : word("band", customer.age_band)],
    [t("consent"), consent(customer)],
    [t("as_of"), day(customer.as_of)],
  ]));
}

function standing(customer) {
  const { status, channels } = customer, allowed = allowedOf(customer);
  if (status !== "ok" || customer.consent === null) return t(`status_${status}`);
  if (!allowed.length) return t("status_no_consent");
  return allowed.length === Object.keys(channels).length ? t("status_ok") : t("status_some_channels", { channels: allowed.join(", ") });
}

// "email: given, phone: not given"; null with CONSENT=off.
function consent(customer) {
  if (customer.consent === null) return null;
  const each = Object.entries(customer.channels ?? {});
  if (!each.length) return t("consent_missing");
  return each.map(([channel, given]) => `${channel}: ${given ? t("consent_given") : t("consent_missing")}`).join(", ");
}

export function holds(customer) {
  if (customer.status === "unknown") return null;
  const items = customer.products.filter((one) => one.state === "held").map((one) => one.item_id);
  return card(t("holds", { n: items.length }),
    items.length === 0 ? h("p", { class: "note" }, t("holds_nothing")) : grouped(items).map(([group, members]) => [
      h("h3", {}, word("group", group)),
      h("ul", { class: "chips" }, members.map((item) => h("li", {}, named(item))))]));
}

const OLDEST = 120;

const listsByAge = () => "popular_by_age.parquet" in bank.manifest.files;  // without them no rules on age are applied

// The age whose rules the service applies, or null.
const ageInForce = ({ age }) => (age && listsByAge() ? Number(age) : null);

// "Segment TOP, Age 40", and empty if nothing is stated.
export const valuesInForce = (stated) =>
  [["segment", stated.segment], ["age", ageInForce(stated)]].filter(([, value]) => value || value === 0)
    .map(([name, value]) => `${t(name)} ${value}`).join(", ");

// In a sentence or more: where the products shown are popular, which rules on age are applied, what else may be stated.
export function inForce(stated) {
  const age = ageInForce(stated);
  return [
    stated.segment ? t("popular_in_segment", { segment: stated.segment }) : t("popular_in_bank"),
    age !== null ? t("age_applied", { age }) : stated.age ? t("age_without_lists") : null,
    stated.segment || stated.age ? null : whatToState(),
  ].filter(Boolean).join(" ");
}

function whatToState() {
  if (bank.segments.length) return listsByAge() ? t("state_segment_or_age") : t("state_segment");
  return listsByAge() ? t("state_age") : null;
}

// What the bars of popular products show: a past rate.
export const pastRate = ({ segment }) =>
  segment ? `${t("popular_note_segment", { segment })} ${t("past_rate_segment")}` : `${t("popular_note")} ${t("past_rate")}`;

function stateForm(stated, state) {
  const segment = h("select", { id: "segment" }, h("option", { value: "" }, "–"),
    bank.segments.map((one) => h("option", { value: one, selected: one === stated.segment }, one)));
  const age = h("input", { id: "age", type: "number", min: 0, max: OLDEST, value: stated.age, "aria-describedby": "age_wrong" });
  const wrong = h("p", { id: "age_wrong", class: "wrong", role: "alert" });
  return h("form", { class: "ask", novalidate: true, onsubmit: ask },
    bank.segments.length ? h("label", {}, t("segment"), segment) : null,
    h("label", {}, t("age"), age),
    h("span", { class: "buttons" }, h("button", { type: "submit", id: "state" }, t("state"))),
    wrong);

  function ask(event) {
    event.preventDefault();
    const bad = !age.checkValidity();
    age.toggleAttribute("aria-invalid", bad);
    wrong.textContent = bad ? `${t("age")}: ${t("age_wanted", { most: OLDEST })}` : "";
    if (bad) return age.focus();
    state({ segment: segment.value, age: age.value });
  }
}
