// Calls of the service. A problem comes as an error with `status` and the service's own sentence.
let key = "";

export const hasKey = () => key !== "";

export function useKey(text) {
  key = text;
}

export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

// What a call answers, as text. `body` is JSON text: numbers of customers must not pass through JavaScript's numbers.
export async function ask(path, body) {
  const headers = key ? { "X-API-Key": key } : {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response, text;
  try {
    response = await fetch(path, { method: body === undefined ? "GET" : "POST", headers, body });
    text = await response.text();
  } catch {
    throw new Problem(0, "");
  }
  if (response.ok) return text;
  let detail = text;
  try {
    detail = JSON.parse(text).detail;
  } catch { /* a proxy's own page, say */ }
  throw new Problem(response.status, String(detail));
}

export const read = async (path, body) => JSON.parse(await ask(path, body));
