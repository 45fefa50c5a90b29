// JSON indented without converting its numbers: JavaScript's numbers are exact only up to 2^53.
export function indented(text) {
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  return text.replace(/"(?:\\.|[^"\\])*"|[{}[\],:]|\s+/g, (part, place) => {
    if (part === "{" || part === "[") {
      const empty = /^\s*[}\]]/.test(text.slice(place + 1));
      depth += 1;
      return empty ? part : part + line();
    }
    if (part === "}" || part === "]") {
      depth -= 1;
      return /[{[]\s*$/.test(text.slice(0, place)) ? part : line() + part;
    }
    if (part === ",") return part + line();
    if (part === ":") return ": ";
    return part.trim() === "" ? "" : part;
  });
}
