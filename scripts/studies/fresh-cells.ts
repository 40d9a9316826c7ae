/** One configuration's published prediction interval, or one that a fresh seed has measured. */
export interface PublishedCell {
  readonly configuration: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** The cells of one line, of which some may be quoted. */
function cellsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => {
    return quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"');
  });
}

/** The measure of every configuration at the last evaluation, with the interval of the next seed if the table has one. */
export function publishedCells(csv: string): readonly PublishedCell[] {
  const [head = '', ...lines] = csv.trimEnd().split('\n');
  const names = cellsOf(head);
  const rows = lines.map((line) => new Map(cellsOf(line).map((value, at) => [names[at]!, value])));
  const last = rows.filter((row) => row.get('at') === 'last evaluation');
  const measure = last[0]?.get('metric');
  const number = (text: string | undefined) => (text ? Number(text) : Number.NaN);
  return last
    .filter((row) => row.get('metric') === measure)
    .map((row) => ({
      configuration: row.get('configuration')!,
      mean: number(row.get('mean')),
      low: number(row.get('next_low')),
      high: number(row.get('next_high')),
    }));
}

/** How many fresh means lie in the published intervals; a configuration without an interval is outside. */
export function countInside(published: readonly PublishedCell[], fresh: readonly PublishedCell[]) {
  const known = new Map(published.map((cell) => [cell.configuration, cell]));
  const judged = fresh.map(({ configuration, mean }) => {
    const cell = known.get(configuration);
    return { configuration, mean, cell, isInside: cell !== undefined && mean >= cell.low && mean <= cell.high };
  });
  return { inside: judged.filter(({ isInside }) => isInside).length, of: judged.length, judged };
}
