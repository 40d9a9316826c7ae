import type { RowNote } from '#contract/api/library/datasets.ts';
import { ROW_NOTE_KINDS } from '#contract/api/runs/data-ledger.ts';

/** Columns of a file may have any name and number; more kinds of notes than this are not kept. */
const MAX_NOTES = 200;

/** Counts notes about rows by kind and name. */
export class NoteTally {
  private readonly notes = new Map<string, RowNote>();

  add(line: number, notes: readonly Pick<RowNote, 'kind' | 'name' | 'count'>[]): void {
    for (const { kind, name, count } of notes) {
      const key = JSON.stringify([kind, name]);
      const known = this.notes.get(key);
      if (known) Object.assign(known, { rows: known.rows + 1, count: known.count + count });
      else if (this.notes.size < MAX_NOTES) this.notes.set(key, { kind, name, rows: 1, count, firstLine: line });
    }
  }

  /** By kind, then by the line where they first occur. */
  list(): RowNote[] {
    const order = ({ kind }: RowNote) => ROW_NOTE_KINDS.indexOf(kind);
    return [...this.notes.values()].sort((a, b) => order(a) - order(b) || a.firstLine - b.firstLine);
  }
}
