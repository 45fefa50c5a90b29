// Calls of the service. A problem is an error with `status`, the message of the service, and the wrong fields.
let key = "";

export const hasKey = () => key !== "";

export function useKey(text) {
  key = text;
}

export class Problem extends Error {
  constructor(status, detail, fields = []) {
    super(detail);
    this.status = status;
    this.fields = fields;
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
  let detail = text, fields = [];
  try {
    const problem = JSON.parse(text);
    detail = problem.detail;
    fields = (problem.errors ?? []).map((one) => one.field);
  } catch { /* not JSON: the page of a proxy, for example */ }
  throw new Problem(response.status, String(detail), fields);
}

export const read = async (path, body) => JSON.parse(await ask(path, body));
