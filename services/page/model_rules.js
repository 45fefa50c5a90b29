// The rules in force: what each removed in the month of the backtest and what that cost there, and from this set.
import { bank } from "./bank.js";
import { card, h, table } from "./dom.js";
import { integer, isKnown, month, sentence, t, word } from "./text.js";

// `tested`: the month of the backtest, YYYY-MM; without one only this set has figures.
export function rules(inForce, tested) {
  if (!inForce?.length) return card(t("rules"), h("p", { class: "note" }, t("rules_nothing")));
  const next = month(bank.summary.next_month), then = tested ? month(tested) : null;
  const columns = [
    ...(then ? [[t("removed_for", { month: then }), "candidates_removed"], [t("lost", { month: then }), "acquisitions_lost"]] : []),
    [t("removed_for", { month: next }), "removed"],
  ].filter(([, figure]) => inForce.some((rule) => Number.isFinite(rule[figure])));
  const cells = inForce.map((rule) => [
    [inWords(rule),
      h("small", {}, h("code", {}, rule.name), rule.version ? ` ${t("version", { version: rule.version })}` : null)],
    ...columns.map(([, figure]) => (Number.isFinite(rule[figure]) ? integer(rule[figure]) : "–"))]);
  const has = (figure) => columns.some(([, one]) => one === figure);
  return card(t("rules"),
    has("candidates_removed") ? h("p", { class: "note" }, t("rules_tested", { month: then })) : null,
    has("removed") ? h("p", { class: "note" }, t("rules_set", { month: next })) : null,
    table(t("rules"), [t("rule"), ...columns.map(([head]) => head)], cells, { figures: columns.map((_, place) => place + 1) }));
}

// What a rule says: in the page's words, else in those of the set, which are English.
export const inWords = ({ name, reason }) =>
  isKnown("rule", name) ? sentence(word("rule", name)) : h("span", { lang: "en" }, sentence(reason ?? name));
