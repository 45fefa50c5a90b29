// Scales with round numbers.
const STEPS = [1, 2, 3, 4, 5, 6, 8, 10];  // their halves are short to write too

// The first round number that is no less than all of `values`: 0.37 gives 0.4.
export function roundTop(values) {
  const most = Math.max(...values.filter(Number.isFinite), 0);
  if (most === 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  const step = STEPS.find((one) => one * power >= most * (1 - 1e-9));
  return Number((step * power).toPrecision(3));
}

export const halves = (top) => [0, top / 2, top];

// A place between 0 and 1 as SVG writes it, kept on the scale.
export const at = (share) => `${(100 * Math.min(Math.max(share, 0), 1)).toFixed(3)}%`;
