import type { RunFinding } from '#contract/api/runs/run-doctor.ts';
import type { EventRow } from '#contract/api/runs/run-records.ts';
import { DOCTOR_EVENT, ROLLBACK_EVENT } from '#contract/run-events.ts';

/** Events that are still valid: excludes those of a discarded branch, whether discarded before or after page load. */
export function standingEvents(events: readonly EventRow[]): readonly EventRow[] {
  const backs = events.filter((event) => event.name === ROLLBACK_EVENT);
  const isGivenUp = ({ sequence, step }: EventRow) =>
    backs.some((back) => back.sequence > sequence && (step ?? 0) > Number(back.detail.to));
  return events.filter((event) => event.branch === undefined && !isGivenUp(event));
}

/** The doctor's open findings for a run, newest first. */
export function openFindings(events: readonly EventRow[]): readonly RunFinding[] {
  const open = new Map<string, RunFinding>();
  for (const { name, detail } of standingEvents(events)) {
    if (name !== DOCTOR_EVENT) continue;
    const finding = detail as unknown as RunFinding;
    open.delete(finding.regime);
    if (finding.state === 'open') open.set(finding.regime, finding);
  }
  return [...open.values()].reverse();
}
