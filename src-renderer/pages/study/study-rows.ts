import type { StudyEntryState, StudyReport } from '#contract/api/runs/planned-studies.ts';
import { entryName } from '#contract/study/words.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** One run of a study in the matrix. */
export interface MatrixCell extends StudyEntryState {
  /** The measure at its last evaluation; null if there is none. */
  readonly value: number | null;
}

/** A configuration with its runs in the order of the seeds. */
export interface MatrixRow {
  readonly name: string;
  readonly label: string;
  readonly cells: readonly MatrixCell[];
}

export interface Matrix {
  readonly seeds: readonly number[];
  readonly rows: readonly MatrixRow[];
  /** The runs that the others share. */
  readonly shared: readonly StudyEntryState[];
}

/** The last finite value of the measure, by run. */
function lastValues(report: Pick<StudyReport, 'runs' | 'by'> | null): ReadonlyMap<string, number> {
  const known = (report?.runs ?? []).flatMap(({ run, points }) => {
    const last = points.findLast((point) => point[report!.by] !== null);
    return last ? [[run as string, last[report!.by]!] as const] : [];
  });
  return new Map(known);
}

/** A study's runs as a table of configurations and seeds. */
export function studyMatrix(
  entries: readonly StudyEntryState[],
  report: Pick<StudyReport, 'runs' | 'by'> | null,
): Matrix {
  const values = lastValues(report);
  const compared = entries.filter(({ shared }) => shared === null);
  const rows = [...Map.groupBy(compared, entryName)].map(([name, own]) => ({
    name,
    label: own[0]!.label,
    cells: own.map((entry) => ({ ...entry, value: entry.run === null ? null : (values.get(entry.run) ?? null) })),
  }));
  return {
    seeds: [...new Set(compared.map(({ seed }) => seed ?? 0))],
    rows,
    shared: entries.filter(({ shared }) => shared !== null),
  };
}

/** A node of a cluster, under the short name that the runs of the table have for it. */
export interface StudyNode {
  readonly id: string;
  readonly letter: string;
  readonly name: string;
  readonly runs: number;
}

/** The nodes that have computed a study's runs, in the order in which the runs show them; none for this machine. */
export function nodesOf(entries: readonly StudyEntryState[]): readonly StudyNode[] {
  const groups = Map.groupBy(
    entries.flatMap(({ node }) => node ?? []),
    ({ id }) => id,
  );
  return [...groups].map(([id, own], at) => {
    const round = Math.floor(at / LETTERS.length);
    return { id, letter: `${LETTERS[at % LETTERS.length]}${round || ''}`, name: own[0]!.name, runs: own.length };
  });
}

/** Steps done of all that the study asks for, as far as the configs tell. */
export function stepsDone(entries: readonly StudyEntryState[]): { readonly done: number; readonly of: number } {
  const known = entries.filter(({ steps }) => steps !== null);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    done: sum(known.map(({ step, steps, state }) => (state === 'finished' ? steps! : Math.min(step ?? 0, steps!)))),
    of: sum(known.map(({ steps }) => steps!)),
  };
}
