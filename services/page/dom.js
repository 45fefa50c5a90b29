// Elements are made without parsing HTML: text from the service is shown and never run as code.
const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// h("p", { class: "note" }, "text", element): children may be lists; null and false are left out.
export const h = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);

// Replaces the children of `place`; null and false are left out as above.
export const put = (place, ...children) => {
  place.replaceChildren();
  fill(place, {}, children);
};

export const s = (name, attributes = {}, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

let last = 0;
export const freshId = (name) => `${name}-${(last += 1)}`;

// A labelled box of the page. Its heading names it for a screen reader.
export function card(title, ...children) {
  const id = freshId("card");
  return h("section", { class: "card", "aria-labelledby": id }, h("h2", { id }, title), ...children);
}

// Names and values, one below the other or side by side: [["Segment", "TOP"], ...]; an empty value is left out.
export const facts = (pairs) =>
  h("dl", { class: "facts" }, pairs.filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));

// A table of texts; columns of figures are named by their place and stand to the right.
export function table(caption, heads, rows, { figures = [], visible = false } = {}) {
  const kind = (place) => (figures.includes(place) ? "figure" : null);
  return h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": caption },
    h("table", {}, h("caption", { class: visible ? null : "unseen" }, caption),
      h("thead", {}, h("tr", {}, heads.map((head, place) => h("th", { scope: "col", class: kind(place) }, head)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell, place) =>
        place === 0 ? h("th", { scope: "row" }, cell) : h("td", { class: kind(place) }, cell)))))));
}

export const more = (title, ...children) => h("details", {}, h("summary", {}, title), ...children);
