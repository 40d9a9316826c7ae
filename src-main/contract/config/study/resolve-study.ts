import { type Fault, KeelError } from '../../errors.ts';
import { REFERENCE } from '../../ids.ts';
import { isPlain, type Plain } from '../preset.ts';
import { findRecipe } from '../recipes.ts';
import { configFaults } from '../resolving/config-faults.ts';
import { unsafeKeys } from '../resolving/merge-preset.ts';
import { resolveRecipe } from '../resolving/resolve-recipe.ts';
import { labelOf, type StudyEntry, studyEntries } from './study-cells.ts';
import { type StudyFile, studySchema } from './study-schema.ts';

/** An entry whose config has every value written out. */
export interface ResolvedEntry extends StudyEntry {
  readonly file: Plain;
}

export interface ResolvedStudy {
  readonly study: StudyFile;
  readonly entries: readonly ResolvedEntry[];
}

/** A study with more runs than this was not meant. */
const MOST_RUNS = 1000;

/** How much of a path a config has: 2 of `reward.rules[0].texts` if there are rules, but none of them. */
function depthIn(config: unknown, where: string): number {
  let [at, depth] = [config, 0];
  for (const key of where.split(/[.[\]]+/).filter(Boolean)) {
    if (typeof at !== 'object' || at === null || !(key in at)) break;
    at = (at as Plain)[key];
    depth += 1;
  }
  return depth;
}

/** Where the user has written what a cell's field says. */
function placeOf(study: StudyFile, entry: StudyEntry, where: string): string {
  if (entry.method === null) return `prepare.${entry.shared}.${where}`;
  const at = `methods[${entry.method}]`;
  if (where in entry.knobs) return `${at}.grid.${where}`;
  const own = depthIn(study.methods[entry.method]!.config, where);
  return own >= depthIn(study.base, where) ? `${at}.config.${where}` : `base.${where}`;
}

function textsOf(value: unknown, path = ''): readonly { readonly path: string; readonly text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, at) => textsOf(item, `${path}[${at}]`));
  if (!isPlain(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsOf(inner, path ? `${path}.${key}` : key));
}

/** References to a shared run that does not exist, runs later, or does not make such a model. */
function referenceFaults(study: StudyFile, entry: StudyEntry): readonly Fault[] {
  const names = Object.keys(study.prepare);
  const earlier = entry.shared === null ? names : names.slice(0, names.indexOf(entry.shared));
  const artifactsOf = (name: string): readonly string[] =>
    findRecipe(String((study.prepare[name] as Plain).recipe))?.artifacts ?? [];
  return textsOf(entry.config).flatMap(({ path, text }) => {
    if (!text.startsWith('stage:')) return [];
    const [, , name = '', artifact = ''] = REFERENCE.exec(text) ?? [];
    if (earlier.includes(name) && artifactsOf(name).includes(artifact)) return [];
    const known = earlier.flatMap((one) => artifactsOf(one).map((what) => `stage:${one}/${what}`));
    const fix = known.length > 0 ? `Use ${known.join(', ')}, or a folder.` : 'Use a folder, or add a run to prepare.';
    return [{ where: path, why: `is ${JSON.stringify(text)}, which no earlier shared run makes`, fix }];
  });
}

function entryFaults(
  study: StudyFile,
  entry: StudyEntry,
): { readonly file: Plain | null; readonly faults: readonly Fault[] } {
  const { resolved, faults } = resolveRecipe(entry.config);
  const all = [...faults, ...referenceFaults(study, entry)];
  return {
    file: resolved?.file ?? null,
    faults: all.map((fault) => ({ ...fault, where: placeOf(study, entry, fault.where) })),
  };
}

/** What the schema cannot see: names that occur twice, values that do nothing, and shared runs that are no runs. */
function ownFaults(study: StudyFile): readonly Fault[] {
  const labels = study.methods.map(labelOf);
  const names = [...labels, ...Object.keys(study.prepare)];
  const faults: Fault[] = [];
  if (new Set(study.seeds).size < study.seeds.length) {
    faults.push({
      where: 'seeds',
      why: 'has a seed more than once',
      fix: 'Use different seeds: equal ones give equal runs.',
    });
  }
  for (const [at, label] of labels.entries()) {
    if (names.indexOf(label) === at && names.lastIndexOf(label) === at) continue;
    faults.push({
      where: `methods[${at}].label`,
      why: `is ${JSON.stringify(label)}, which is taken`,
      fix: 'Set another label.',
    });
  }
  for (const [name, config] of Object.entries(study.prepare)) {
    if (isPlain(config) && findRecipe(String(config.recipe))) continue;
    faults.push({
      where: `prepare.${name}`,
      why: 'is not the config of a recipe',
      fix: 'Write recipe: sft or recipe: reward-model, and its fields.',
    });
  }
  return faults;
}

const distinct = (faults: readonly Fault[]) => [
  ...new Map(faults.map((each) => [`${each.where} ${each.why}`, each])).values(),
];

/** Checks a study's config and that of each of its runs; reports all faults together, each at the place where it was written. */
export function resolveStudyDespiteFaults(raw: unknown): {
  readonly resolved: ResolvedStudy | null;
  readonly faults: readonly Fault[];
} {
  if (!isPlain(raw))
    return {
      resolved: null,
      faults: [{ where: 'top level', why: 'is not a group of fields', fix: 'Write recipe: study.' }],
    };
  const unsafe = unsafeKeys(raw);
  if (unsafe.length > 0) return { resolved: null, faults: unsafe };
  const parsed = studySchema.safeParse(raw);
  if (!parsed.success) return { resolved: null, faults: configFaults(parsed.error, studySchema, raw) };
  const own = ownFaults(parsed.data);
  if (own.length > 0) return { resolved: null, faults: own };
  const entries = studyEntries(parsed.data);
  if (entries.length > MOST_RUNS) {
    const why = `makes ${entries.length} runs, more than ${MOST_RUNS}`;
    return { resolved: null, faults: [{ where: 'methods', why, fix: 'Use fewer values or seeds.' }] };
  }
  const checked = entries.map((entry) => ({ entry, ...entryFaults(parsed.data, entry) }));
  const faults = distinct(checked.flatMap((each) => each.faults));
  if (faults.length > 0) return { resolved: null, faults };
  return {
    resolved: { study: parsed.data, entries: checked.map(({ entry, file }) => ({ ...entry, file: file! })) },
    faults: [],
  };
}

/** The same, if there is no fault. Throws `study_invalid` with every problem at once. */
export function resolveStudy(raw: unknown): ResolvedStudy {
  const { resolved, faults } = resolveStudyDespiteFaults(raw);
  if (resolved) return resolved;
  const [first, ...others] = faults;
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  throw new KeelError({
    code: 'study_invalid',
    why: `The study's ${first!.where} ${first!.why}${more}.`,
    fix: first!.fix ?? 'See docs/config.md.',
    faults,
  });
}
