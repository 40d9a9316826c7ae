import type { Artifact, Detail } from '#contract/api/runs/run-records.ts';
import type { Run, StoredInput } from '#contract/api/runs/run-state.ts';
import { type Fault, KeelError } from '#contract/errors.ts';
import { REFERENCE } from '#contract/ids.ts';
import type { ReadableDb } from '../../store/database.ts';
import { listArtifacts } from '../../store/queries/lineage.ts';
import { readRun } from '../../store/queries/runs.ts';
import { type Because, defaultModel } from '../archive/default-model.ts';
import { findRun } from './find-run.ts';

/** A string in a config, with the path of its field. */
interface ConfigText {
  readonly path: string;
  readonly text: string;
}

/** All strings of a config with their paths (`reward.model`, `stages.0.data`). */
export function configTexts(value: unknown, path = ''): readonly ConfigText[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => configTexts(inner, path ? `${path}.${key}` : key));
}

/** The references to earlier runs, by field; those to stages of the same pipeline are left out. */
export function runReferences(config: Detail): Detail {
  return Object.fromEntries(
    configTexts(config)
      .filter(({ text }) => REFERENCE.exec(text)?.[1] === 'run')
      .map(({ path, text }) => [path, text]),
  );
}

/** Replaces strings anywhere in a config; everything else stays unchanged. */
export function replaceTexts<Value>(value: Value, replace: (text: string) => string): Value {
  if (typeof value === 'string') return replace(value) as Value;
  if (Array.isArray(value)) return value.map((inner) => replaceTexts(inner, replace)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaceTexts(inner, replace)])) as Value;
}

const DEFAULT_KINDS: readonly Artifact['kind'][] = ['policy', 'reward_model', 'model', 'critic'];

interface Found {
  readonly run: string;
  readonly artifact: Artifact;
  readonly because: Because;
}

/** What an earlier start of the same run has used for a reference. */
type Pinned = Detail | undefined;

function choose(
  db: ReadableDb,
  run: Run,
  kind: string | undefined,
  tag: string | undefined,
  pinned: Pinned,
): Pick<Found, 'because'> & { readonly artifact: Artifact | null } {
  const artifacts = listArtifacts(db, run.number);
  const wanted = kind ?? DEFAULT_KINDS.find((one) => artifacts.some((artifact) => artifact.kind === one));
  const ofKind = artifacts.filter((artifact) => artifact.kind === wanted);
  const chosen = ofKind.find((artifact) => artifact.tag === (tag ?? pinned?.tag)) ?? null;
  const because = typeof pinned?.because === 'string' ? pinned.because : null;
  return tag || chosen ? { artifact: chosen, because } : defaultModel(db, run, ofKind);
}

/** The run of a reference, which may be shortened as on the command line; returns a text with the reason if none. */
function named(db: ReadableDb, name: string): Run | string {
  const exact = readRun(db, name);
  if (exact) return exact;
  try {
    return findRun(db, name);
  } catch (error) {
    if (!(error instanceof KeelError)) throw error;
    return error.code === 'run_ambiguous' ? `${name} matches several runs` : `there is no run ${name}`;
  }
}

/** Resolves a reference; returns a text with the reason if that fails. */
function follow(db: ReadableDb, reference: string, pinned: Pinned): Found | string {
  const [, scheme, name = '', kind, tag] = REFERENCE.exec(reference) ?? [];
  if (scheme === 'stage') return `there is no earlier stage "${name}"`;
  const run = named(db, name);
  if (typeof run === 'string') return run;
  const { artifact, because } = choose(db, run, kind, tag, pinned);
  if (artifact) return { run: run.id, artifact, because };
  return `the run ${name} (${run.state}) has no ${kind ?? 'model'}${tag ? ` at "${tag}"` : ''}`;
}

export interface Located {
  /** Folder of each reference, for the engine. */
  readonly locations: Readonly<Record<string, string>>;
  /** Their lineage rows. */
  readonly inputs: readonly StoredInput[];
}

export interface FoundReferences extends Located {
  /** References that lead nowhere. */
  readonly faults: readonly Fault[];
}

const FIX = 'Use `keel runs list` and `keel runs show RUN` to see the artifacts of each run.';

/** `data.files.0` as faults write it: `data.files[0]`. */
const bracketed = (path: string) => path.replace(/\.(\d+)(?=\.|$)/g, '[$1]');

/**
 * Finds the folder of every reference in a config, and every reference that leads nowhere.
 * @param earlier the inputs of the run's former starts: a reference without a tag still means the same model.
 */
export function findReferences(db: ReadableDb, config: Detail, earlier: readonly StoredInput[] = []): FoundReferences {
  const pins = new Map(earlier.map(({ detail }) => [detail.reference, detail]));
  const locations: Record<string, string> = {};
  const inputs: StoredInput[] = [];
  const faults: Fault[] = [];
  for (const { path, text } of configTexts(config).filter((one) => REFERENCE.test(one.text))) {
    const found = follow(db, text, pins.get(text));
    if (typeof found === 'string') {
      faults.push({ where: bracketed(path), why: `${text}: ${found}`, fix: FIX, code: 'reference_unknown' });
      continue;
    }
    const { folder, kind, tag } = found.artifact;
    locations[text] = folder;
    const detail = { reference: text, kind, tag, ...(found.because !== null && { because: found.because }) };
    inputs.push({ role: path, path: folder, sha256: '', bytes: 0, rows: null, sourceRun: found.run, detail });
  }
  return { locations, inputs, faults };
}

/** The same, if every reference can be resolved. Throws `reference_unknown` with all problems at once. */
export function locateReferences(db: ReadableDb, config: Detail, earlier: readonly StoredInput[] = []): Located {
  const { locations, inputs, faults } = findReferences(db, config, earlier);
  if (faults.length === 0) return { locations, inputs };
  throw new KeelError({
    code: 'reference_unknown',
    why: `The config contains invalid references: ${faults.map((fault) => fault.why).join('; ')}.`,
    fix: FIX,
    faults,
  });
}
