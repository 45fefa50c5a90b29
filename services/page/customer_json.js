// The answer as JSON, and the curl command that requests it.
import { hasKey } from "./api.js";
import { card, h, more } from "./dom.js";
import { indented } from "./json_text.js";
import { t } from "./text.js";

export function asAnswered(body, text) {
  const key = hasKey() ? " -H 'X-API-Key: ...'" : "";
  const url = new URL("recommendations", location.href.split("#")[0]);
  const line = `curl -s -X POST ${url} -H 'Content-Type: application/json'${key} -d '${body.replaceAll("'", "'\\''")}'`;
  return card(t("as_answered"), h("p", { class: "note" }, t("as_answered_note")),
    more("curl", copied("curl", line)), more("JSON", copied("json", indented(text))));
}

function copied(id, text) {
  const button = h("button", { type: "button", class: "copy", onclick: copy }, t("copy"));
  return [h("pre", { id, tabindex: "0", "aria-label": id }, text), navigator.clipboard ? button : null];

  async function copy() {
    await navigator.clipboard.writeText(text);
    button.textContent = t("copied");
  }
}
