import type { Detail } from '#contract/api/run-records.ts';
import type { RunDetail } from '#contract/api/run-state.ts';
import { formatNumber } from '../../parts/format-number.ts';

export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly tip: string;
  readonly isCode: boolean;
}

/** A value that a person may change while the run works. */
export interface Dial {
  readonly path: string;
  readonly name: string;
  /** In force now. */
  readonly value: number;
}

const DIALS: Readonly<Record<string, readonly (readonly [path: string, name: string])[]>> = {
  apa: [['method.apa_lambda', 'λ']],
  ppo: [['method.kl_coef', 'kl_coef']],
  awr: [['method.awr_lambda', 'λ']],
};
const RATE = ['optimizer.learning_rate', 'learning rate'] as const;

export function valueAt(config: Detail, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Detail | undefined)?.[key], config);
}

/** The dials of a run with what is in force: the last change by hand, else the config. */
export function dialsOf({ recipe, config, changes }: RunDetail): readonly Dial[] {
  return [...(DIALS[recipe] ?? []), RATE].flatMap(([path, name]) => {
    const changed = changes.findLast((change) => change.path === path);
    const value = changed?.value ?? valueAt(config, path);
    return typeof value === 'number' ? [{ path, name, value }] : [];
  });
}

function short(path: string): string {
  return path.split('/').filter(Boolean).slice(-2).join('/');
}

/** What the strip of a run tells: coefficient, model, dataset, stage, seed. */
export function runFacts(detail: RunDetail): readonly Fact[] {
  const { config, stage, stages } = detail;
  const dials = dialsOf(detail).map(({ path, name, value }) => ({
    ...{ name, value: formatNumber(value), tip: `${path}, in force now`, isCode: false },
  }));
  const model = valueAt(config, 'model');
  const files = valueAt(config, 'data.files');
  const texts: readonly (readonly [string, unknown])[] = [
    ['Model', model],
    ['Dataset', Array.isArray(files) ? files[0] : undefined],
  ];
  const places = texts.flatMap(([name, text]) =>
    typeof text === 'string' ? [{ name, value: short(text), tip: text, isCode: true }] : [],
  );
  const plain = (name: string, value: string) => ({ name, value, tip: '', isCode: false });
  const seed = valueAt(config, 'seed');
  return [
    ...dials,
    ...places,
    ...(stage ? [plain('Stage', stage)] : []),
    ...(stages.length > 0 ? [plain('Stages', String(stages.length))] : []),
    ...(typeof seed === 'number' ? [plain('Seed', String(seed))] : []),
  ];
}
