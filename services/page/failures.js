// Messages for when nothing can be shown, each with what to do: no key, no set in use, no answer from the service.
import { hasKey, useKey } from "./api.js";
import { h } from "./dom.js";
import { sentence, t } from "./text.js";

export function failure(error, again) {
  if (error.status === 401) return keyWanted(again);
  const name = error.status === 503 ? "no_set" : error.status === 0 ? "silent" : "failed";
  return h("section", { class: "state", role: "alert" },
    h("h1", { tabindex: "-1" }, t(`${name}_title`)),
    h("p", {}, t(`${name}_text`)),
    error.message ? h("p", { class: "detail" }, commands(sentence(error.message))) : null,
    h("p", {}, h("button", { type: "button", class: "main", id: "again", onclick: again }, t("again"))));
}

function keyWanted(again) {
  const key = h("input", { id: "key", type: "password", autocomplete: "off", required: true });
  const ask = (event) => {
    event.preventDefault();
    useKey(key.value);
    again();
  };
  return h("section", { class: "state" },
    h("h1", { tabindex: "-1" }, t("key_title")), h("p", {}, t("key_text")),
    hasKey() ? h("p", { class: "wrong", role: "alert" }, t("key_wrong")) : null,
    h("form", { class: "ask", id: "with_key", onsubmit: ask }, h("label", {}, t("key"), key),
      h("span", { class: "buttons" }, h("button", { type: "submit", class: "main" }, t("open")))));
}

// The service writes commands between backticks.
const commands = (text) => text.split("`").map((part, place) => (place % 2 ? h("code", {}, part) : part));
