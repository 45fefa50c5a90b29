// Calls of the service. A problem is an error with `status` and the message of the service.
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

// The answer of a call, as text. `body` is JSON text, because JavaScript's numbers are too short for customer numbers.
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
  } catch { /* not JSON: the page of a proxy, for example */ }
  throw new Problem(response.status, String(detail));
}

export const read = async (path, body) => JSON.parse(await ask(path, body));
