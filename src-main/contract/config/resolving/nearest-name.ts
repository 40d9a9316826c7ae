/** Edit distance, computed row by row; swapping two neighbors counts as one edit (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let earlier: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isExchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const exchanged = isExchanged ? earlier[j - 2]! + 1 : replaced;
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, replaced, exchanged));
    }
    [earlier, previous] = [previous, row];
  }
  return previous[b.length]!;
}

/** Returns the candidate that was probably meant, or null if none is close. */
export function nearestName(word: string, candidates: readonly string[]): string | null {
  if (word.length > 100) return null;
  const normal = word.toLowerCase().replaceAll('-', '_');
  const ranked = candidates
    .map((name) => ({ name, distance: editDistance(normal, name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(word.length > 4 ? 2 : 1, Math.floor(word.length / 3)) ? best.name : null;
}
