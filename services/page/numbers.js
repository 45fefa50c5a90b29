// Numbers, shares and dates as the chosen language writes them.
let code = "en", words = "en", made = {}, under = String;

function known(language) {
  try {
    return Intl.NumberFormat.supportedLocalesOf(language).length ? language : "en";
  } catch {
    return "en";  // a bank may name a language that no browser knows
  }
}

// Numbers in the format of `language`; names of months in the language of the page's texts, and `says("0.01%")`: less than it.
export function writeIn(language, speaks, says) {
  code = known(language);
  under = says;
  words = speaks === known(language).split("-")[0] ? code : speaks;
  made = {};
}

const format = (name, options) => (made[name] ??= new Intl.NumberFormat(code, options));

export const integer = (value) => format("integer", { maximumFractionDigits: 0 }).format(value);

// An expected count: whole where it is large.
export const count = (value) =>
  value >= 100 ? integer(value) : format("count", { maximumSignificantDigits: 2 }).format(value);

export const decimal = (value) => format("decimal", { minimumFractionDigits: 4, maximumFractionDigits: 4 }).format(value);

export const LEAST_SHARE = 0.0001;  // nobody reads a difference between smaller ones

// A share above 0 and below `LEAST_SHARE` is written as "under 0.01%". `exact`: a tick of a scale is written as it is.
export function percent(value, { exact = false } = {}) {
  const { format: write } = format("percent", { style: "percent", maximumSignificantDigits: 3 });
  return value > 0 && value < LEAST_SHARE && !exact ? under(write(LEAST_SHARE)) : write(value);
}

export const times = (value) => format("times", { maximumSignificantDigits: 2 }).format(value);

function dated(name, text, options) {
  const day = new Date(text.length === 7 ? `${text}-01` : text);
  if (Number.isNaN(day.getTime())) return text;
  return (made[name] ??= new Intl.DateTimeFormat(words, { timeZone: "UTC", ...options })).format(day);
}

export const day = (text) => dated("day", text, { day: "numeric", month: "long", year: "numeric" });

export const month = (text) => dated("month", text, { month: "long", year: "numeric" });

export const shortMonth = (text) => dated("shortMonth", text, { month: "short", year: "2-digit" });

export function ago(text) {
  const days = Math.round((new Date(text) - Date.now()) / 86_400_000);
  const relative = (made.ago ??= new Intl.RelativeTimeFormat(words, { numeric: "auto" }));
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
