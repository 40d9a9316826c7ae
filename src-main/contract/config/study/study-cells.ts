import type { Plain } from '../preset.ts';
import { mergePreset } from '../resolving/merge-preset.ts';
import { withValueAt } from '../value-at.ts';
import type { StudyFile, StudyMethod } from './study-schema.ts';

/** One run of a study as the config describes it. */
export interface StudyEntry {
  /** Identifies the entry within its study: `reward`, or `ppo/method.kl_coef=0.1/seed=3`. */
  readonly key: string;
  /** Set for a run that the others share: its name, by which they refer to its models. */
  readonly shared: string | null;
  /** Position of the method; null for a shared run. */
  readonly method: number | null;
  readonly label: string;
  readonly knobs: Readonly<Record<string, unknown>>;
  readonly seed: number | null;
  readonly config: Plain;
}

/** A run's name becomes part of its id. */
const shortName = (name: string) => name.slice(0, 100);

/** Every combination of the values, the last field changing fastest. */
export function combinations(grid: StudyMethod['grid']): readonly Readonly<Record<string, unknown>>[] {
  return Object.entries(grid).reduce<readonly Readonly<Record<string, unknown>>[]>(
    (known, [path, values]) => known.flatMap((each) => values.map((value) => ({ ...each, [path]: value }))),
    [{}],
  );
}

/** The name by which a method is told apart. */
export const labelOf = ({ recipe, label }: StudyMethod): string => label ?? recipe;

function cellConfig({ base }: StudyFile, method: StudyMethod, knobs: StudyEntry['knobs']): Plain {
  const own = mergePreset(base, method.config);
  return Object.entries(knobs).reduce((config, [path, value]) => withValueAt(config, path, value), own);
}

const knobText = (knobs: StudyEntry['knobs']) =>
  Object.entries(knobs).map(([path, value]) => `${path}=${typeof value === 'string' ? value : JSON.stringify(value)}`);

/** Every run of a study in order: shared ones first, then seed by seed, so that an early look already has all cells. */
export function studyEntries(study: StudyFile): readonly StudyEntry[] {
  const shared = Object.entries(study.prepare).map(([name, config]): StudyEntry => {
    const given = { name: shortName(`${study.name}-${name}`), ...(config as Plain) };
    return { key: name, shared: name, method: null, label: name, knobs: {}, seed: null, config: given };
  });
  const cells = study.seeds.flatMap((seed) =>
    study.methods.flatMap((method, at) =>
      combinations(method.grid).map((knobs): StudyEntry => {
        const label = labelOf(method);
        const key = [label, ...knobText(knobs), `seed=${seed}`].join('/');
        const values = Object.values(knobs).map((value) => JSON.stringify(value));
        const name = shortName([study.name, label, ...values, `seed-${seed}`].join('-'));
        const config = { ...cellConfig(study, method, knobs), recipe: method.recipe, name, seed };
        return { key, shared: null, method: at, label, knobs, seed, config };
      }),
    ),
  );
  return [...shared, ...cells];
}
