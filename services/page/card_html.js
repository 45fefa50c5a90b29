// The model card is HTML that publishing wrote. Only plain elements of text are copied, without attributes,
// so that nothing in it can run code, load a file or link to another page.
const KEPT = new Set(["H1", "H2", "H3", "H4", "P", "UL", "OL", "LI", "TABLE", "THEAD", "TBODY", "TR", "TH", "TD",
  "STRONG", "EM", "CODE", "PRE", "BLOCKQUOTE", "HR", "BR"]);
const DROPPED = new Set(["SCRIPT", "STYLE", "TEMPLATE", "NOSCRIPT", "IFRAME", "OBJECT", "EMBED", "SVG", "MATH", "TITLE",
  "TEXTAREA", "SELECT", "BUTTON", "FORM", "HEAD"]);
const LOWER = { H1: "h3", H2: "h4", H3: "h5", H4: "h6" };  // the page has its own first two levels

// `html` as a fragment to append; elements that are not kept give their text alone.
export function safe(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const fragment = document.createDocumentFragment();
  take(parsed.body, fragment);
  return fragment;
}

function take(from, into) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) into.append(node.textContent);
    if (node.nodeType !== Node.ELEMENT_NODE) continue;
    const name = node.tagName.toUpperCase();
    if (DROPPED.has(name)) continue;
    if (!KEPT.has(name)) {
      take(node, into);
      continue;
    }
    const made = document.createElement(LOWER[name] ?? name.toLowerCase());
    take(node, made);
    if (name === "TD" && made.textContent.length > 30) made.className = "words";
    into.append(name === "TABLE" ? scrolling(made) : made);
  }
}

function scrolling(table) {
  const box = document.createElement("div");
  box.className = "scroll";
  box.tabIndex = 0;
  box.setAttribute("role", "group");  // no landmark: a card has many tables
  box.setAttribute("aria-label", table.querySelector("th")?.textContent ?? "");
  box.append(table);
  return box;
}
