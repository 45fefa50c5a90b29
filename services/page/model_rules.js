// The rules in force: what each removed in the month of the backtest and what that cost there, and from this set.
import { bank } from "./bank.js";
import { card, h, table } from "./dom.js";
import { integer, isKnown, month, sentence, t, word } from "./text.js";

// `tested`: the month of the backtest, YYYY-MM; without one only this set has figures.
export function rules(inForce, tested) {
  if (!inForce?.length) return card(t("rules"), h("p", { class: "note" }, t("rules_nothing")));
  const next = month(bank.summary.next_month), then = tested ? month(tested) : null;
  const heads = [...(then ? [t("removed_for", { month: then }), t("lost", { month: then })] : []), t("removed_for", { month: next })];
  const cells = inForce.map((rule) => [
    [inWords(rule),
      h("small", {}, h("code", {}, rule.name), rule.version ? ` ${t("version", { version: rule.version })}` : null)],
    ...(then ? [figure(rule.candidates_removed), figure(rule.acquisitions_lost)] : []), figure(rule.removed)]);
  return card(t("rules"),
    then ? h("p", { class: "note" }, t("rules_tested", { month: then })) : null,
    h("p", { class: "note" }, t("rules_set", { month: next })),
    table(t("rules"), [t("rule"), ...heads], cells, { figures: heads.map((_, place) => place + 1) }));
}

// What a rule says: in the page's words, else in those of the set, which are English.
export const inWords = ({ name, reason }) =>
  isKnown("rule", name) ? sentence(word("rule", name)) : h("span", { lang: "en" }, sentence(reason ?? name));

const figure = (value) => (Number.isFinite(value) ? integer(value) : "–");
