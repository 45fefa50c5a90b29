// The answer as JSON, and the curl command that requests it.
import { hasKey } from "./bank.js";
import { card, h, more } from "./dom.js";
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

// JSON indented without converting its numbers: JavaScript's numbers are exact only up to 2^53.
function indented(text) {
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  return text.replace(/"(?:\\.|[^"\\])*"|[{}[\],:]|\s+/g, (part, place) => {
    if (part === "{" || part === "[") {
      const empty = /^\s*[}\]]/.test(text.slice(place + 1));
      depth += 1;
      return empty ? part : part + line();
    }
    if (part === "}" || part === "]") {
      depth -= 1;
      return /[{[]\s*$/.test(text.slice(0, place)) ? part : line() + part;
    }
    if (part === ",") return part + line();
    if (part === ":") return ": ";
    return part.trim() === "" ? "" : part;
  });
}
