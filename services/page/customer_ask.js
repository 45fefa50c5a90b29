// The form that asks for a customer. It stays while customers change, so that the keyboard focus stays where it is.
import { bank } from "./bank.js";
import { h } from "./dom.js";
import { route } from "./route.js";
import { t } from "./text.js";

export function askForm(chosen, turn) {
  const user = h("input", { id: "user_id", inputmode: "numeric", pattern: "[0-9]{1,19}", required: true, autocomplete: "off", "aria-describedby": "ask_wrong" });
  const k = h("input", { id: "k", type: "number", min: 1, max: bank.products.length, value: chosen.k, required: true, "aria-describedby": "ask_wrong" });
  const wrong = h("p", { id: "ask_wrong", class: "wrong", role: "alert" });
  const form = h("form", { id: "ask", class: "ask", novalidate: true },
    h("label", {}, t("customer_number"), user),
    h("label", {}, t("how_many"), k),
    h("span", { class: "buttons" },
      h("button", { type: "submit", class: "main" }, t("show")),
      h("button", { type: "button", id: "random", onclick: () => turn.go("customer", null) }, t("another"))),
    wrong);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const bad = [user, k].find((field) => !field.checkValidity());
    for (const field of [user, k]) field.toggleAttribute("aria-invalid", field === bad);
    wrong.textContent = bad ? `${bad.labels[0].firstChild.textContent}: ${meaning(bad)}` : "";
    if (bad) return bad.focus();
    chosen.k = Number(k.value);
    turn.go("customer", BigInt(user.value).toString());
  });
  return { element: form, showNumber };

  function showNumber(id) {
    if (id !== null && route().id === id) user.value = id;
    wrong.textContent = "";
  }

  function meaning(field) {
    return field === user ? t("number_wanted") : t("k_wanted", { n: bank.products.length });
  }
}
