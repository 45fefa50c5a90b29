// The page's own texts, in English and Spanish; for any other language of a set they are English.
import english from "./text_en.js";
import { integer } from "./numbers.js";

let words = english, plural = new Intl.PluralRules("en");

// The language of the page's texts for a language of the set: `es` for `es-MX`.
export const spoken = (language) => (language.toLowerCase().split("-")[0] === "es" ? "es" : "en");

export async function speak(language) {
  const code = spoken(language);
  words = code === "es" ? (await import("./text_es.js")).default : english;
  plural = new Intl.PluralRules(code);
  document.documentElement.lang = code;
}

// t("holds", { n: 3 }): `n` chooses between singular and plural, numbers are written as the language does.
export function t(name, values = {}) {
  const entry = words[name] ?? english[name] ?? name;
  const text = typeof entry === "string" ? entry : (entry[plural.select(values.n)] ?? entry.other);
  return text.replace(/\{(\w+)\}/g, (_, key) => (typeof values[key] === "number" ? integer(values[key]) : values[key]));
}

// A word of the bank or of a rule that the page may know: `word("group", "accounts")`, else the word itself.
export function word(kind, value) {
  const known = words[`${kind}_${value}`];
  if (known) return known;
  const text = String(value).replaceAll("_", " ");
  return capital(text);
}

export const capital = (text) => text.charAt(0).toLocaleUpperCase() + text.slice(1);

export const isKnown = (kind, value) => `${kind}_${value}` in words;

// A reason as a sentence: with a capital and a full stop.
export const sentence = (text) => capital(text) + (/[.!?]$/.test(text) ? "" : ".");
