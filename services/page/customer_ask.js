// The form that asks for a customer. It stays while customers change, so that the keyboard focus stays where it is.
import { bank } from "./bank.js";
import { h } from "./dom.js";
import { route } from "./route.js";
import { t } from "./text.js";

const MOST = 10n ** 18n;

// The number in `text` as the API wants it, without spaces and zeros in front; null if it is not a customer's number.
export function numberOf(text) {
  const digits = text.trim();
  return /^\d{1,19}$/.test(digits) && BigInt(digits) <= MOST ? BigInt(digits).toString() : null;
}

export const limits = () => ({ most: Number(MOST) });

export function askForm(chosen, turn) {
  const user = h("input", { id: "user_id", inputmode: "numeric", required: true, autocomplete: "off", "aria-describedby": "ask_wrong" });
  const k = h("input", { id: "k", type: "number", min: 1, max: bank.products.length, value: chosen.k, required: true, "aria-describedby": "ask_wrong" });
  const channel = h("select", { id: "channel", onchange: otherChannel }), channelLabel = h("label", { hidden: true }, t("channel"), channel);
  const wrong = h("p", { id: "ask_wrong", class: "wrong", role: "alert" });
  const form = h("form", { id: "ask", class: "ask", novalidate: true, onsubmit: submit },
    h("label", {}, t("customer_number"), user),
    h("label", {}, t("how_many"), k),
    channelLabel,
    h("span", { class: "buttons" },
      h("button", { type: "submit", class: "main" }, t("show")),
      h("button", { type: "button", id: "random", onclick: () => turn.go("customer", null) }, t("another"))),
    wrong);
  return { element: form, showNumber, showChannels, chooseChannel };

  function submit(event) {
    event.preventDefault();
    const number = numberOf(user.value);
    const bad = number === null ? user : k.checkValidity() ? null : k;
    for (const field of [user, k]) field.toggleAttribute("aria-invalid", field === bad);
    wrong.textContent = bad ? meaning(bad) : "";
    if (bad) return bad.focus();
    chosen.k = Number(k.value);
    turn.go("customer", number);
  }

  function meaning(field) {
    if (field === user && !user.value.trim()) return t("number_missing");
    return `${field.labels[0].firstChild.textContent}: ${field === user ? t("number_wanted", limits()) : t("k_wanted", { n: bank.products.length })}`;
  }

  function otherChannel() {
    chosen.channel = channel.value;
    turn.go("customer", route().id);
  }

  function chooseChannel(name) {
    channel.value = name;
    channel.focus();
    otherChannel();
  }

  function showNumber(id) {
    if (id !== null && route().id === id) user.value = id;
    wrong.textContent = "";
    user.removeAttribute("aria-invalid");
  }

  // `channels`: those on file, each with whether the customer allows it; null or none: there is nothing to choose.
  function showChannels(channels) {
    const names = Object.keys(channels ?? {});
    if (!names.includes(chosen.channel)) chosen.channel = "";
    channel.replaceChildren(new Option(t("every_channel"), ""), ...names.map((name) => new Option(name, name)));
    channel.value = chosen.channel;
    channelLabel.hidden = !names.length;
  }
}
