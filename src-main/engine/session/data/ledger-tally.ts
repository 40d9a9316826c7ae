import type {
  DataLedger,
  LedgerNotice,
  LedgerPlace,
  LeftOut,
  LeftOutReason,
  NoticeKind,
} from '#contract/api/runs/data-ledger.ts';
import { LEFT_OUT_REASONS, NOTICE_KINDS } from '#contract/api/runs/data-ledger.ts';
import type { DataRecord } from '../../records.ts';

/** Number of rows of each entry that are named. */
const MAX_PLACES = 20;
/** Columns of a file may have any name and number; more notices than this are not kept. */
const MAX_NOTICES = 200;

/** The line that a record comes from. */
export function placeOf({ origin }: Pick<DataRecord, 'origin'>): LedgerPlace {
  return { file: origin.file, line: origin.line };
}

function keyOf(kind: NoticeKind, name: string | null): string {
  return `${kind} ${name ?? ''}`;
}

/** Counts what becomes of the rows of a run's data; see {@link DataLedger}. */
export class LedgerTally {
  private readonly files: DataLedger['files'] = [];
  private readonly out = new Map<LeftOutReason, LeftOut>();
  private readonly notices: Map<string, LedgerNotice>;

  /** @param notices those of a ledger that is continued. */
  constructor(notices: readonly LedgerNotice[] = []) {
    this.notices = new Map(notices.map((notice) => [keyOf(notice.kind, notice.name), notice]));
  }

  /** Counts the rows read from a file, bad ones included. */
  read(role: DataLedger['files'][number]['role'], path: string, rows: number): void {
    this.files.push({ role, path, rows });
  }

  leaveOut(reason: LeftOutReason, places: readonly LedgerPlace[]): void {
    if (places.length === 0) return;
    const entry = this.out.get(reason) ?? { reason, rows: 0, places: [] };
    entry.rows += places.length;
    entry.places.push(...places.slice(0, MAX_PLACES - entry.places.length));
    this.out.set(reason, entry);
  }

  /** @param name the field or token that the notice is about. @param count tokens cut, or occurrences in the rows. */
  notice(kind: NoticeKind, places: readonly LedgerPlace[], count = places.length, name: string | null = null): void {
    const key = keyOf(kind, name);
    const entry = this.notices.get(key) ?? { kind, name, rows: 0, count: 0, places: [] };
    if (this.notices.size >= MAX_NOTICES && !this.notices.has(key)) return;
    entry.rows += places.length;
    entry.count += count;
    entry.places.push(...places.slice(0, MAX_PLACES - entry.places.length));
    this.notices.set(key, entry);
  }

  leftOut(reason: LeftOutReason): LeftOut | undefined {
    return this.out.get(reason);
  }

  /** The ledger so far. @param used what is left to train and evaluate on. */
  record(used: Pick<DataLedger, 'training' | 'heldOut' | 'limit' | 'trained'>): DataLedger {
    const ofReason = (reason: LeftOutReason) => LEFT_OUT_REASONS.indexOf(reason);
    const ofKind = ({ kind }: LedgerNotice) => NOTICE_KINDS.indexOf(kind);
    return {
      ...used,
      files: [...this.files],
      read: this.files.reduce((sum, { rows }) => sum + rows, 0),
      leftOut: [...this.out.values()].sort((a, b) => ofReason(a.reason) - ofReason(b.reason)),
      notices: [...this.notices.values()].sort((a, b) => ofKind(a) - ofKind(b)),
    };
  }
}
