// Where the reader is: in the fragment alone, which no browser sends. `#/customer/123` is a customer.
export const VIEWS = ["customer", "product", "model"];

export function route() {
  const [, view, ...rest] = location.hash.split("/");
  const known = VIEWS.includes(view) ? view : VIEWS[0];
  let id = null;
  try {
    id = known === view && rest.length ? decodeURIComponent(rest.join("/")) : null;
  } catch { /* half an escape: no id */ }
  return { view: known, id: id || null };
}

export const address = (view, id) => `#/${view}${id === null || id === undefined ? "" : `/${encodeURIComponent(id)}`}`;

export function replace(view, id) {
  history.replaceState(null, "", address(view, id));
}

export function push(view, id) {
  history.pushState(null, "", address(view, id));
}
