// The view and its id are in the fragment of the address, which no browser sends to the service. `#/customer/123` is a customer.
export const VIEWS = ["customer", "product", "model"];

export function route() {
  const [, view, ...rest] = location.hash.split("/");
  const known = VIEWS.includes(view) ? view : VIEWS[0];
  let id = null;
  try {
    id = known === view && rest.length ? decodeURIComponent(rest.join("/")) : null;
  } catch { /* not a valid escape: no id */ }
  return { view: known, id: id || null };
}

export const address = (view, id) => `#/${view}${id === null || id === undefined ? "" : `/${encodeURIComponent(id)}`}`;

export function replace(view, id) {
  history.replaceState(null, "", address(view, id));
}
