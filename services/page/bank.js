// Calls of the service, and the set in use: its manifest, catalogue and summary, loaded again when another set comes into use.
import { h } from "./dom.js";

// A problem is an error with `status`, the message of the service, and the wrong fields.
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

export const bank = { setId: null };

export let language = "en";  // chosen by the reader

export function choose(code) {
  language = code;
}

export async function load() {
  const [manifest, products, summary] = await Promise.all([read("set"), read("products"), readSummary()]);
  const groups = [...new Set(products.map((product) => product.group))];
  Object.assign(bank, {
    setId: manifest.set_id, manifest, products, summary, groups,
    product: new Map(products.map((product) => [product.item_id, product])),
    languages: Object.keys(manifest.bank.languages), segments: manifest.bank.segments,
  });
}

// null for an older set without a summary; the views then show a message.
async function readSummary() {
  try {
    return await read("console/summary");
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

// Customers and seed of the simulated bank that the model was trained on; null if it was trained on other data.
export function simulated() {
  const [, customers, seed] = /^simulated bank, ([\d,]+) customers, seed (\d+)$/.exec(bank.manifest.metrics?.data) ?? [];
  return seed === undefined ? null : { customers: Number(customers.replaceAll(",", "")), seed };
}

// Languages to choose from: those of the set first, then the page's own.
export const offered = () => [
  ...bank.languages,
  ...["en", "es"].filter((code) => !bank.languages.some((one) => one.split("-")[0] === code)),
];

// The language to request from the API: the reader's if the set has it, else the set's first.
export const asked = () => (bank.languages.includes(language) ? language : bank.languages[0]);

export const nameOf = (item) => bank.product.get(item)?.names[asked()] ?? item;

// A product's name, marked with the language it is in.
export const named = (item) => h("span", { lang: asked() }, nameOf(item));

// Items by the group of their product, groups in the order of the catalogue: [["accounts", [item, ...]], ...].
export const grouped = (items) =>
  bank.groups.map((group) => [group, items.filter((item) => bank.product.get(item)?.group === group)])
    .filter(([, members]) => members.length);
