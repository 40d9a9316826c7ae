import type { RunFinding } from '#contract/api/runs/run-doctor.ts';
import { KeelError } from '#contract/errors.ts';
import { DOCTOR_EVENT } from '#contract/run-events.ts';
import type { Actions, Diagnosis } from '../../doctor/examine.ts';
import { worstSamples } from '../../doctor/worst-samples.ts';
import type { RewardedRollout } from '../../records.ts';
import type { Emit } from '../context.ts';

/** Reports the doctor's findings at a step, with the responses that show them. @param rollout null if there is none. */
export function reportFindings(
  emit: Emit,
  step: number,
  told: readonly Diagnosis[],
  action: Actions,
  rollout: RewardedRollout | null,
): readonly RunFinding[] {
  return told.map((diagnosis) => {
    const isOpen = diagnosis.state === 'open';
    const samples = isOpen && rollout ? [...worstSamples(diagnosis.regime, rollout)] : [];
    const finding: RunFinding = { ...diagnosis, samples, action: action(diagnosis.regime) };
    emit.event(DOCTOR_EVENT, step, isOpen ? 'warning' : 'info', finding);
    return finding;
  });
}

/** Ends a run whose config sets `stop` for one of the new findings. Throws `run_alarm`. */
export function stopOnFinding(step: number, findings: readonly RunFinding[]): void {
  const fatal = findings.find(({ action }) => action === 'stop');
  if (!fatal) return;
  throw new KeelError({
    code: 'run_alarm',
    why: `At step ${step}, the doctor found ${fatal.regime}: ${fatal.cause} The checkpoint of this step was kept.`,
    fix: `${fatal.remedy.text} Or set doctor.actions.${fatal.regime} to tell.`,
  });
}
