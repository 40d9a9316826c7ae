import type { BadRow, RowCounts } from '#contract/api/library/datasets.ts';
import type { RowFault } from '../readers/raw-rows.ts';

const FAULTS_KEPT = 100;

/** Counts good and bad rows, and the bad ones by reason. */
export class RowTally {
  private good = 0;
  private readonly firstBad: BadRow[] = [];
  private readonly reasons = new Map<string, { count: number; firstLine: number; why: string }>();

  addGood(): void {
    this.good++;
  }

  addBad(fault: RowFault): void {
    if (this.firstBad.length < FAULTS_KEPT) this.firstBad.push({ ...fault });
    const known = this.reasons.get(fault.reason);
    if (known) known.count++;
    else this.reasons.set(fault.reason, { count: 1, firstLine: fault.line, why: fault.why });
  }

  counts(): RowCounts {
    const reasons = [...this.reasons].map(([reason, rest]) => ({ reason, ...rest }));
    const bad = reasons.reduce((sum, { count }) => sum + count, 0);
    reasons.sort((a, b) => b.count - a.count || a.firstLine - b.firstLine);
    return { total: this.good + bad, good: this.good, bad, reasons, firstBad: this.firstBad };
  }
}
