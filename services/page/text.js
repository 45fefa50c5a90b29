// The page's own texts, in English and Spanish (English for any other language of a set); numbers and dates as a language writes them.
import english from "./text_en.js";

let words = english, plural = new Intl.PluralRules("en");
let numbers = "en", dates = "en", made = {};  // languages of the formats, and the formats made

// The language of the page's texts for a language of the set: `es` for `es-MX`.
export const spoken = (language) => (language.toLowerCase().split("-")[0] === "es" ? "es" : "en");

// Texts, numbers and dates are in `language` from here on; names of months in the language of the page's texts.
export async function speak(language) {
  const code = spoken(language);
  words = code === "es" ? (await import("./text_es.js")).default : english;
  plural = new Intl.PluralRules(code);
  numbers = known(language);
  dates = numbers.split("-")[0] === code ? numbers : code;
  made = {};
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

function known(language) {
  try {
    return Intl.NumberFormat.supportedLocalesOf(language).length ? language : "en";
  } catch {
    return "en";  // a bank may name a language that no browser knows
  }
}

const format = (name, options) => (made[name] ??= new Intl.NumberFormat(numbers, options));

export const integer = (value) => format("integer", { maximumFractionDigits: 0 }).format(value);

// An expected count: whole where it is large.
export const count = (value) =>
  value >= 100 ? integer(value) : format("count", { maximumSignificantDigits: 2 }).format(value);

export const hundredths = (value) => format("hundredths", { maximumFractionDigits: 2 }).format(value);

export const decimal = (value) => format("decimal", { minimumFractionDigits: 4, maximumFractionDigits: 4 }).format(value);

export const LEAST_SHARE = 0.0001;  // nobody reads a difference between smaller ones

// A share above 0 and below `LEAST_SHARE` is written as "under 0.01%". `exact`: a tick of a scale is written as it is;
// `tenths`: one decimal in each row of a table.
export function percent(value, { exact = false, tenths = false } = {}) {
  if (tenths) return format("tenths", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value);
  const { format: write } = format("percent", { style: "percent", maximumSignificantDigits: 3 });
  return value > 0 && value < LEAST_SHARE && !exact ? t("under", { value: write(LEAST_SHARE) }) : write(value);
}

export const times = (value) => format("times", { maximumSignificantDigits: 2 }).format(value);

function dated(name, text, options) {
  const day = new Date(text.length === 7 ? `${text}-01` : text);
  if (Number.isNaN(day.getTime())) return text;
  return (made[name] ??= new Intl.DateTimeFormat(dates, { timeZone: "UTC", ...options })).format(day);
}

export const day = (text) => dated("day", text, { day: "numeric", month: "long", year: "numeric" });

export const month = (text) => dated("month", text, { month: "long", year: "numeric" });

export const shortMonth = (text) => dated("shortMonth", text, { month: "short", year: "2-digit" });

export function ago(text) {
  const days = Math.round((new Date(text) - Date.now()) / 86_400_000);
  const relative = (made.ago ??= new Intl.RelativeTimeFormat(dates, { numeric: "auto" }));
  if (days > -60) return relative.format(days, "day");
  return days > -730 ? relative.format(Math.round(days / 30.4), "month") : relative.format(Math.round(days / 365.25), "year");
}

export function languageName(language) {
  try {
    const name = new Intl.DisplayNames([language], { type: "language" }).of(language);
    return name[0].toLocaleUpperCase(language) + name.slice(1);
  } catch {
    return language;
  }
}
