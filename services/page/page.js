"use strict";
// Numbers of customers go as text: JavaScript's own numbers are exact only up to 2^53.
const at = (id) => document.getElementById(id);
const element = (name, text, className) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
};

async function call(path, options = {}) {
  const headers = { ...options.headers };
  if (at("key").value) headers["X-API-Key"] = at("key").value;
  const response = await fetch(path, { ...options, headers });
  const text = await response.text();
  const body = JSON.parse(text);
  body.user_id_text = (text.match(/"user_id":\s*(\d+)/) || [])[1];
  if (response.status === 401) at("key_label").hidden = false;
  if (!response.ok) throw Object.assign(new Error(body.detail), { status: response.status });
  return body;
}

function say(text, failed) {
  at("status").textContent = text;
  at("status").className = failed ? "error" : "";
}

function fail(text) {
  at("result").hidden = true;  // it is of another question
  say(text, true);
}

async function run(work) {
  say("…");
  try {
    await work();
  } catch (error) {
    fail(error.message);
  }
}

function show(answer, held, body) {
  at("held_title").textContent = held ? `Holds, as of ${held.as_of}` : "Not a customer of the set in use";
  const names = held ? (held.held.length ? held.held : ["nothing yet"]) : [];
  at("held").replaceChildren(...names.map((name) => element("li", name)));
  const what = { personal: "Ranked for this customer", popular: "What is popular", none: "Nothing to offer" };
  at("list_title").textContent = `${what[answer.source]} (${answer.returned})`;
  const most = Math.max(...answer.recommendations.map((one) => one.score), 1e-9);
  at("list").replaceChildren(...answer.recommendations.map((one) => {
    const item = element("li"), row = element("div", undefined, "row"), bar = element("progress");
    row.append(element("span", one.rank, "rank"), element("span", one.name, "name"),
      element("span", `${(100 * one.score).toPrecision(3)} %`, "score"));
    bar.max = most;
    bar.value = one.score;
    bar.setAttribute("aria-label", `probability of ${one.name}`);
    item.append(row, bar, ...(one.reasons || []).map((reason) => element("div", reason.text, "reason")));
    return item;
  }));
  const key = at("key").value ? " -H 'X-API-Key: ...'" : "";
  at("curl").textContent =
    `curl -s -X POST ${location.origin}/recommendations -H 'Content-Type: application/json'${key} -d '${body.replaceAll("'", "'\\''")}'`;
  at("result").hidden = false;
  say(`Set ${answer.set_id}, as of ${answer.as_of}`);
}

function ownName(code) {
  try {
    const name = new Intl.DisplayNames([code], { type: "language" }).of(code);
    return name[0].toLocaleUpperCase(code) + name.slice(1);
  } catch {
    return code;  // one that the browser does not know
  }
}

function offer(id, choices) {
  const before = at(id).value;
  at(id).replaceChildren(...choices.map(([value, text]) => new Option(text, value)));
  if (choices.some(([value]) => value === before)) at(id).value = before;
  at(`${id}_label`).hidden = choices.length < 2;
}

let fitted;  // id of the set that the form is made for

async function fit() {
  const [manifest, products] = await Promise.all([call("set"), call("products")]);
  const { name, languages, segments } = manifest.bank;
  offer("lang", Object.keys(languages).map((code) => [code, ownName(code)]));
  offer("segment", [["", "–"], ...segments.map((segment) => [segment, segment])]);
  at("k").max = products.length;
  at("k").value = Math.min(at("k").value, products.length) || "";
  document.title = `Recommendations, ${name}`;
  fitted = manifest.set_id;
}

async function customer(user, lang) {
  return call("console/customer", {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: `{"user_id": ${user}, "lang": ${JSON.stringify(lang)}}`,
  });
}

async function holdings(user, lang) {
  const [found, products] = await Promise.all([customer(user, lang), call("products")]);
  if (found.status === "unknown") return null;
  const names = new Map(products.map((product) => [product.item_id, product.names[lang]]));
  const held = found.products.filter((product) => product.state === "held").map((one) => names.get(one.item_id));
  return { as_of: found.as_of, held };
}

async function recommend() {
  if (!fitted) await fit();
  const user = at("user_id").value.trim(), lang = at("lang").value, segment = at("segment").value;
  const more = segment ? `, "segment": ${JSON.stringify(segment)}` : "";
  const body = `{"user_id": ${BigInt(user)}, "k": ${Number(at("k").value)}, "lang": ${JSON.stringify(lang)}${more}}`;
  const answer = await call("recommendations", {
    method: "POST", headers: { "Content-Type": "application/json" }, body,
  }).catch(async (error) => {
    if (error.status === 422) await fit();  // the set in use may be another bank's by now
    throw error;
  });
  if (answer.set_id !== fitted) await fit();
  show(answer, await holdings(BigInt(user), lang), body);
}

at("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  run(recommend);
});
at("ask").addEventListener("invalid", (event) => {
  const label = event.target.labels[0].firstChild.textContent.trim();
  fail(`${label}: ${event.target.validationMessage}`);
}, true);  // the browser itself rejects the field, and no submit follows
at("random").addEventListener("click", () => run(async () => {
  at("user_id").value = (await customer(null, null)).user_id;
  await recommend();
}));
fit().catch((error) => error.status === 401 || fail(error.message));  // with a key: when there is one
