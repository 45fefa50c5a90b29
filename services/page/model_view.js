// The model behind the set: quality, calibration, groups, cost of the rules, forecasts, sets kept, model card.
import { ask, bank, read, simulated } from "./bank.js";
import { safe } from "./card_html.js";
import { card, facts, h } from "./dom.js";
import { calibrated } from "./model_calibration.js";
import { groups, quality } from "./model_quality.js";
import { rules } from "./model_rules.js";
import { keptSets, realised } from "./model_sets.js";
import { withoutSummary } from "./product_view.js";
import { ago, day, integer, t } from "./text.js";

export const title = () => t("model");

export async function show(place, _, turn) {
  if (bank.summary === null) return withoutSummary(place, t("model_title"));
  const sets = await read("console/sets");
  if (!turn.alive()) return;
  const { model } = bank.summary;
  place.replaceChildren(h("h1", { tabindex: "-1" }, t("model_title")), about(),
    h("div", { class: "columns" },
      h("div", { class: "column" }, quality(model?.quality, model?.baselines), calibrated(model?.calibration, model?.forecast), rules(model?.rules, model?.quality?.target_month)),
      h("div", { class: "column" }, groups(model?.groups, model?.quality?.of_maximum), realised(sets.realised, model?.forecast),
        keptSets(sets))),
    modelCard());
}

function about() {
  const { manifest, summary } = bank;
  return card(t("set_in_use"), facts([
    [t("as_of"), day(manifest.as_of)],
    [t("published"), `${day(manifest.created_at)}, ${ago(manifest.created_at)}`],
    [t("customers"), integer(summary.customers)],
    [t("products"), integer(bank.products.length)],
    [t("data_of_training"), trainedOn()],
    [t("set"), h("code", {}, manifest.set_id)],
  ]));
}

function trainedOn() {
  const bankOf = simulated();
  return bankOf ? t("data_simulated", { n: bankOf.customers, seed: bankOf.seed }) : bank.manifest.metrics?.data;
}

// The card is long, so it is requested only when it is opened.
function modelCard() {
  const body = h("div", { class: "model-card", lang: "en" });
  const box = h("details", { id: "model_card" }, h("summary", {}, t("card_open")), body);
  box.addEventListener("toggle", async () => {
    if (!box.open || body.childNodes.length) return;
    body.textContent = t("loading");
    try {
      body.replaceChildren(safe(await ask("console/card")));
    } catch (error) {
      body.textContent = error.message || t("silent_title");
    }
  });
  return card(t("card"), h("p", { class: "note" }, t("card_note")), box);
}
