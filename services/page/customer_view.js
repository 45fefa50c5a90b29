// One customer: what is held, what is recommended and why, what is not offered and why.
import { ask, asked, bank, Problem, read } from "./bank.js";
import { askForm, limits, numberOf } from "./customer_ask.js";
import { asAnswered } from "./customer_json.js";
import { notOffered, recommended } from "./customer_products.js";
import { banner, holds, who } from "./customer_who.js";
import { h, put } from "./dom.js";
import { t } from "./text.js";

export const title = () => t("customer");

const chosen = { k: 5, channel: "" };  // stays from one customer to the next
let given = { segment: "", age: "" };  // stated of the customer with number `given.of`, and of nobody else
let mounted = null;
let early = null;  // the first customer, already requested
let last = "null";  // number of the last customer shown, as JSON: a random customer is another one

function mount(place, turn) {
  chosen.k = Math.min(chosen.k, bank.products.length);
  if (!bank.segments.includes(given.segment)) given.segment = "";
  const form = askForm(chosen, turn), result = h("div", { class: "customer" });
  const status = h("p", { class: "status", role: "status" });
  place.replaceChildren(h("h1", { tabindex: "-1" }, t("customer_title")), form.element, status, result);
  mounted = { form, result, status, place };
}

// Requests a random customer while the set is being loaded, so that the first view is there sooner.
export function begin(id) {
  if (id !== null) return;
  early = read("console/customer", '{"user_id": null}');
  early.catch(() => {});  // `answers` throws it
}

export async function show(place, id, turn) {
  if (!mounted || mounted.place !== place || !place.contains(mounted.result)) mount(place, turn);
  const { form, result, status } = mounted;
  form.showNumber(id);
  result.setAttribute("aria-busy", "true");
  status.textContent = t("loading");
  try {
    const answered = await find(id);
    if (!turn.alive()) return;
    const { customer, answer } = answered;
    if (customer.set_id !== bank.setId && (await turn.renew())) return;
    if (given.of !== customer.user_id) given = { segment: "", age: "" };
    if (id !== customer.user_id) turn.stay("customer", customer.user_id);
    form.showNumber(customer.user_id);
    form.showChannels(customer.channels);
    status.textContent = t("answered", { id: customer.user_id, n: answer.returned });
    if (answered.gone) status.append(". ", t("channel_gone", { channel: answered.gone }));
    const focused = result.contains(document.activeElement) ? document.activeElement.id : "";
    const state = (values) => {
      given = { ...values, of: customer.user_id };
      show(place, customer.user_id, turn);
    };
    put(result, parts(answered, state, form.chooseChannel));
    if (focused) document.getElementById(focused)?.focus();  // the same field of the new form
  } catch (error) {
    if (!turn.alive()) return;
    if (!(error instanceof Problem) || ![404, 422].includes(error.status)) throw error;
    if (error.status === 422 && (await turn.renew())) return;  // another set is in use by now
    status.textContent = "";
    result.replaceChildren(h("p", { class: "callout wrong", role: "alert" }, error.message));
  } finally {
    result.removeAttribute("aria-busy");
  }
}

const number = (id) => {
  const digits = numberOf(id);
  if (digits === null) throw new Problem(422, t("not_a_number", { id, ...limits() }));
  return digits;
};

// As `answers`, with `gone` if the consent file no longer has the channel chosen: every channel is then asked for.
async function find(id) {
  const { channel } = chosen;
  try {
    return await answers(id);
  } catch (error) {
    if (!(error instanceof Problem) || !error.fields.includes("body.channel")) throw error;
    chosen.channel = "";
    return { ...(await answers(id)), gone: channel };
  }
}

// The customer (with `id` null: one that the service chooses) and the answer that any client of the API would get.
async function answers(id) {
  const language = JSON.stringify(asked()), { channel, k } = chosen;
  const user = id === null ? "null" : number(id), first = id === null ? early : null;
  early = null;
  const customer = await (first ?? read("console/customer",
    `{"user_id": ${user}, "other_than": ${last}, "channel": ${JSON.stringify(channel || null)}}`));
  const stranger = customer.status === "unknown";
  if (!stranger) last = customer.user_id;
  const stated = stranger && given.of === customer.user_id ? given : {};
  let body = `{"user_id": ${customer.user_id}, "k": ${Number(k)}, "lang": ${language}`;
  if (channel) body += `, "channel": ${JSON.stringify(channel)}`;
  if (stated.segment) body += `, "segment": ${JSON.stringify(stated.segment)}`;
  if (stated.age) body += `, "age": ${Number(stated.age)}`;
  body += "}";
  const text = await ask("recommendations", body);
  return { customer, channel, stated, body, text, answer: JSON.parse(text) };
}

function parts(answered, state, chooseChannel) {
  const { customer, channel, stated, body, text, answer } = answered;
  return [
    banner(answered, state, chooseChannel),
    who(customer),
    h("div", { class: "columns" },
      h("div", { class: "column wide" }, recommended(customer, answer, stated)),
      h("div", { class: "column" }, holds(customer), notOffered(customer, channel, stated))),
    asAnswered(body, text),
  ];
}
