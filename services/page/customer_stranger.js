// A customer who is not in the set: segment and age may be stated, as in the API; what is then in force.
import { bank } from "./bank.js";
import { h } from "./dom.js";
import { t } from "./text.js";

const OLDEST = 120;

const listsByAge = () => "popular_by_age.parquet" in bank.manifest.files;  // without them no rules on age are applied

// The age whose rules the service applies, or null.
const ageInForce = ({ age }) => (age && listsByAge() ? Number(age) : null);

// "Segment TOP, Age 40", and empty if nothing is stated.
export const valuesInForce = (stated) =>
  [["segment", stated.segment], ["age", ageInForce(stated)]].filter(([, value]) => value || value === 0)
    .map(([name, value]) => `${t(name)} ${value}`).join(", ");

// In a sentence or more: where the products shown are popular, which rules on age are applied, what else may be stated.
export function inForce(stated) {
  const age = ageInForce(stated);
  return [
    stated.segment ? t("popular_in_segment", { segment: stated.segment }) : t("popular_in_bank"),
    age !== null ? t("age_applied", { age }) : stated.age ? t("age_without_lists") : null,
    stated.segment || stated.age ? null : whatToState(),
  ].filter(Boolean).join(" ");
}

function whatToState() {
  if (bank.segments.length) return listsByAge() ? t("state_segment_or_age") : t("state_segment");
  return listsByAge() ? t("state_age") : null;
}

// What the bars of popular products show: a past rate.
export const pastRate = ({ segment }) =>
  segment ? `${t("popular_note_segment", { segment })} ${t("past_rate_segment")}` : `${t("popular_note")} ${t("past_rate")}`;

export function stateForm(chosen, again) {
  const segment = h("select", { id: "segment" }, h("option", { value: "" }, "–"),
    bank.segments.map((one) => h("option", { value: one, selected: one === chosen.segment }, one)));
  const age = h("input", { id: "age", type: "number", min: 0, max: OLDEST, value: chosen.age, "aria-describedby": "age_wrong" });
  const wrong = h("p", { id: "age_wrong", class: "wrong", role: "alert" });
  return h("form", { class: "ask", novalidate: true, onsubmit: ask },
    bank.segments.length ? h("label", {}, t("segment"), segment) : null,
    h("label", {}, t("age"), age),
    h("span", { class: "buttons" }, h("button", { type: "submit" }, t("state"))),
    wrong);

  function ask(event) {
    event.preventDefault();
    const bad = !age.checkValidity();
    age.toggleAttribute("aria-invalid", bad);
    wrong.textContent = bad ? `${t("age")}: ${t("age_wanted", { most: OLDEST })}` : "";
    if (bad) return age.focus();
    Object.assign(chosen, { segment: segment.value, age: age.value });
    again();
  }
}
