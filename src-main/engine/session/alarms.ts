import { KeelError } from '#contract/errors.ts';
import type { Point } from './context.ts';
import type { OnlineContext } from './online-models.ts';

/** A limit of the config that an evaluation has crossed. */
export interface Alarm {
  readonly name: 'kl_above_limit' | 'entropy_collapsed' | 'responses_truncated';
  readonly value: number;
  readonly limit: number;
  readonly why: string;
}

type Limits = OnlineContext['config']['doctor'];

/** Alarms of one evaluation. @param firstEntropy nats a token before training. */
export function findAlarms(points: readonly Point[], firstEntropy: number | null, limits: Limits): readonly Alarm[] {
  const value = (key: string) => points.find((point) => point.key === key)?.value;
  const alarms: Alarm[] = [];
  const kl = value('eval/kl_exact');
  if (kl !== undefined && limits.maxKl !== null && kl > limits.maxKl) {
    alarms.push({
      name: 'kl_above_limit',
      value: kl,
      limit: limits.maxKl,
      why: 'the policy has drifted further from its start than allowed',
    });
  }
  const entropy = value('eval/entropy_per_token');
  const least = firstEntropy === null ? 0 : firstEntropy * limits.minEntropyShare;
  if (entropy !== undefined && entropy < least) {
    alarms.push({
      name: 'entropy_collapsed',
      value: entropy,
      limit: least,
      why: 'the policy has all but stopped choosing between words',
    });
  }
  const ended = value('eval/ended_by_stop');
  if (ended !== undefined && 1 - ended > limits.maxTruncatedShare) {
    alarms.push({
      name: 'responses_truncated',
      value: 1 - ended,
      limit: limits.maxTruncatedShare,
      why: 'responses run into max_new_tokens',
    });
  }
  return alarms;
}

/** Tells of alarms; with `action: stop` the run ends at its checkpoint by `run_alarm`. */
export function raiseAlarms(context: OnlineContext, step: number, alarms: readonly Alarm[]): void {
  for (const { name, ...detail } of alarms) context.emit.event(name, step, 'warning', detail);
  const [first] = alarms;
  if (!first || context.config.doctor.action !== 'stop') return;
  throw new KeelError({
    code: 'run_alarm',
    why: `At iteration ${step} ${first.why}: ${first.value.toPrecision(3)} against a limit of ${first.limit.toPrecision(3)}. The checkpoint of this iteration is kept.`,
    fix: 'Raise λ or lower the learning rate and resume from an earlier checkpoint, or set doctor.action: warn.',
  });
}
