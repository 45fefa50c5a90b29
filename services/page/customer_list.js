// The recommendations: rank, name, probability as a bar beside the bank's average, reasons as sentences.
import { axis, bar } from "./chart_bars.js";
import { bank, asked } from "./bank.js";
import { key } from "./chart_frame.js";
import { card, h } from "./dom.js";
import { LEAST_SHARE, integer, month, percent, times } from "./numbers.js";
import { pastRate } from "./customer_stranger.js";
import { roundTop } from "./scale.js";
import { sentence, t } from "./text.js";

export function recommended(customer, answer, stated) {
  const list = answer.recommendations;
  if (!list.length) return card(t("recommended"), h("p", { class: "note" }, t("recommended_nothing")));
  const averages = answer.source === "personal" ? (bank.summary?.bank_average ?? {}) : {};
  const compared = list.some((one) => Number.isFinite(averages[one.item_id]));
  const top = roundTop([LEAST_SHARE, ...list.flatMap((one) => [one.score, averages[one.item_id] ?? 0])]);
  return card(t("recommended"),
    h("p", { class: "note" }, answer.source === "popular" ? pastRate(stated) : probability()),
    compared ? key([["column", t("this_customer")], ["mark", t("bank_average")]]) : null,
    h("div", { class: "scale" }, axis(top, percent)),
    h("ol", { class: "list" }, list.map((one) => entry(one, top, averages[one.item_id] ?? null))),
    ranked(customer, list.length),
    bank.summary === null ? h("p", { class: "note" }, t("no_summary_average")) : null);
}

function probability() {
  const next = bank.summary?.next_month;
  return `${t("personal_note")} ${next ? t("probability_in", { month: month(next) }) : t("probability_after")}`;
}

const entry = (one, top, average) => h("li", {},
  h("span", { class: "rank", "aria-label": t("rank", { n: one.rank }) }, one.rank),
  h("a", { class: "name", href: `#/product/${encodeURIComponent(one.item_id)}`, lang: asked() }, one.name),
  h("span", { class: "score" }, percent(one.score)),
  h("div", { class: "drawn" }, bar(one.score, top, average)),
  h("div", { class: "explained" },
    average ? h("span", { class: "compared" }, compare(one.score, average)) : null,
    (one.reasons ?? []).map((reason) => h("span", { class: "reason", lang: asked() }, sentence(reason.text)))));

// "2.8 times the bank's average of 6.6%", and below a third of it "1/120 of the bank's average of 6.6%".
function compare(score, average) {
  const ratio = score / average;
  if (ratio > 0.95 && ratio < 1.05) return t("about_average", { average: percent(average) });
  if (ratio >= 1 / 3) return t("times_average", { times: times(ratio), average: percent(average) });
  if (ratio < 1 / 1000) return t("below_average", { part: `1/${integer(1000)}`, average: percent(average) });
  return t("part_of_average", { part: `1/${integer(Number((1 / ratio).toPrecision(2)))}`, average: percent(average) });
}

function ranked(customer, shown) {
  const all = customer.products.filter((one) => one.state === "listed").length;
  return all > shown ? h("p", { class: "note" }, t("shown_of", { shown, n: all })) : null;
}
