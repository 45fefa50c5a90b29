// The frame of the page: which view is shown, in which language, and the message when nothing can be shown.
import { bank, choose, hasKey, language, load, offered, Problem, simulated, useKey } from "./bank.js";
import * as customerView from "./customer_view.js";
import { h } from "./dom.js";
import { address, replace, route } from "./route.js";
import { day, languageName, sentence, speak, t } from "./text.js";

const VIEWS = {
  customer: () => customerView,
  product: () => import("./product_view.js"),
  model: () => import("./model_view.js"),
};
const at = (id) => document.getElementById(id);
const main = at("main");
let turns = 0, shown = null, timer = null, picked = kept(), failed = null;

async function show({ focus = false } = {}) {
  const mine = (turns += 1), { view, id } = route();
  clearTimeout(timer);
  const turn = {
    alive: () => mine === turns,
    go,
    stay: (name, chosen) => replace(name, chosen),
    renew: () => renew(bank.setId),
  };
  try {
    if (bank.setId !== null) turnTo(view);
    const module = await moduleOf(view);
    if (bank.setId === null) {
      module.begin?.(id);
      await start();
    }
    if (!turn.alive()) return;
    turnTo(view);
    document.title = `${module.title()} · ${at("bank_name").textContent}`;
    failed = null;
    if (id !== null) keep();
    await module.show(main, id, turn);
    if (turn.alive()) keep();
    if (focus && turn.alive()) main.querySelector("h1")?.focus();
  } catch (error) {
    if (!turn.alive()) return;
    if (!(error instanceof Problem)) throw error;
    shown = null;
    if (bank.setId === null) await speak(picked ?? navigator.language).then(label);
    if (failed !== error.message || error.status === 401) main.replaceChildren(failure(error, () => show({ focus: true })));
    failed = error.message;  // shown once, so that a screen reader does not read it again at each try
    if (error.status === 503) timer = setTimeout(show, 5_000);  // the time that Retry-After asks for
  }
}

async function moduleOf(view) {
  try {
    return await VIEWS[view]();
  } catch (error) {
    console.error(error);
    throw new Problem(0, "");  // not fetched: the service does not answer
  }
}

// Loads everything again for the set in use; true if it is another one than `before`.
async function renew(before) {
  await load();
  if (bank.setId === before) return false;
  await fit();
  await again();
  return true;
}

async function start() {
  await load();
  await fit();
}

async function again() {
  shown = null;
  main.replaceChildren();
  await show();
}

function go(view, id) {
  const there = address(view, id);
  if (location.hash === there) show();
  else location.hash = there;
}

// Languages to choose from are those of the set and of the page; the browser's settings decide which one is used first.
async function fit() {
  const codes = offered();
  const wish = [picked, ...navigator.languages].filter(Boolean);
  const matches = wish.map((code) => codes.find((one) => one === code) ?? codes.find((one) => one.split("-")[0] === code.split("-")[0]));
  await use(matches.find(Boolean) ?? codes[0]);
  at("lang").replaceChildren(...codes.map((code) => new Option(languageName(code), code, false, code === language)));
  at("lang_label").hidden = codes.length < 2;
}

// The language chosen before; null if none was, or if the browser keeps nothing.
function kept() {
  try {
    return localStorage.getItem("language");
  } catch {
    return null;
  }
}

// Does `draw` and puts back what was typed and how far the page was scrolled.
async function inPlace(draw) {
  const typed = [...main.querySelectorAll("input[id]")].map(({ id, value }) => [id, value]);
  const here = location.hash, top = scrollY;
  await draw();
  if (location.hash !== here) return;
  for (const [id, value] of typed) if (at(id)) at(id).value = value;
  scrollTo(0, top);
}

async function use(code) {
  choose(code);
  await speak(code);
  at("bank_name").textContent = bank.manifest.bank.description?.title ?? bank.manifest.bank.name;
  at("set_and_dot").hidden = hasKey();  // a link sends no key
  at("set_note").textContent = t("set_note", { day: day(bank.manifest.as_of) }) + (simulated() ? ` · ${t("simulated")}` : "");
  label();
}

function label() {
  at("views").setAttribute("aria-label", t("views"));
  for (const link of at("views").children) link.textContent = t(link.dataset.view);
  for (const [id, text] of [["skip", "skip"], ["lang_name", "language"], ["link_docs", "docs"], ["link_set", "set_in_use"], ["link_metrics", "metrics"]]) {
    at(id).textContent = t(text);
  }
}

// Marks the tab and says that the view is loading, before its module and data are there. A message stays until they are.
function turnTo(view) {
  for (const link of at("views").children) {
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (shown !== view && failed === null) main.replaceChildren(h("p", { class: "status", role: "status" }, t("loading")));
  shown = view;
}

// The tab of the view goes back to what is shown in it, not to another customer.
function keep() {
  const { view, id } = route();
  at("views").querySelector(`[data-view=${view}]`).setAttribute("href", address(view, id));
}

at("lang").addEventListener("change", async (event) => {
  picked = event.target.value;
  try {
    localStorage.setItem("language", picked);
  } catch { /* forbidden by the browser: kept until the page is closed */ }
  await use(picked);
  await inPlace(again);
});
at("skip").addEventListener("click", (event) => {
  event.preventDefault();  // the fragment is the route
  main.focus();
});
let before = route().view;
addEventListener("hashchange", () => {
  const { view } = route();
  show({ focus: view !== before });
  before = view;
});
show();

// Messages for when nothing can be shown, each with what to do: no key, no set in use, no answer from the service.
function failure(error, again) {
  if (error.status === 401) return keyWanted(again);
  const name = error.status === 503 ? "no_set" : error.status === 0 ? "silent" : "failed";
  return h("section", { class: "state", role: "alert" },
    h("h1", { tabindex: "-1" }, t(`${name}_title`)),
    h("p", {}, t(`${name}_text`)),
    error.message ? h("p", { class: "detail" }, commands(sentence(error.message))) : null,
    h("p", {}, h("button", { type: "button", class: "main", id: "again", onclick: again }, t("again"))));
}

function keyWanted(again) {
  const key = h("input", { id: "key", type: "password", autocomplete: "off", required: true });
  const ask = (event) => {
    event.preventDefault();
    useKey(key.value);
    again();
  };
  return h("section", { class: "state" },
    h("h1", { tabindex: "-1" }, t("key_title")), h("p", {}, t("key_text")),
    hasKey() ? h("p", { class: "wrong", role: "alert" }, t("key_wrong")) : null,
    h("form", { class: "ask", id: "with_key", onsubmit: ask }, h("label", {}, t("key"), key),
      h("span", { class: "buttons" }, h("button", { type: "submit", class: "main" }, t("open")))));
}

// The service writes commands between backticks.
const commands = (text) => text.split("`").map((part, place) => (place % 2 ? h("code", {}, part) : part));
