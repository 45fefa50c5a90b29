// The 95% interval of a share that was counted among `n`, after Wilson 1927: also near 0 and 1 it stays between them.
const Z = 1.96;

export function wilson(share, n) {
  const part = Z * Z / n, middle = share + part / 2, half = Z * Math.sqrt((share * (1 - share) + part / 4) / n);
  return [(middle - half) / (1 + part), (middle + half) / (1 + part)];
}
