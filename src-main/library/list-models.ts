import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { AdapterFacts, Model } from '#contract/api/library/model-library.ts';
import { findRecipe } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import { REFERENCE } from '#contract/ids.ts';
import { baseFolderOf, isAdapterFolder } from '#engine/adapter-base.ts';
import { ggufFileOf } from '#engine/gguf/model-files.ts';
import type { KnownModel } from '#engine/known-bases.ts';
import { locateReferences } from '../runs/host/artifact-references.ts';
import { STARTER_FOLDER } from '../runs/host/demo.ts';
import { findRun } from '../runs/host/find-run.ts';
import type { HostSetup } from '../runs/host/host-setup.ts';
import type { ReadableDb } from '../store/database.ts';
import { listAllCheckpoints, listCheckpoints } from '../store/queries/checkpoints.ts';
import { listAllArtifacts } from '../store/queries/lineage.ts';
import { listModels, type StoredModel } from '../store/queries/models.ts';
import { readConfig } from '../store/queries/runs.ts';
import { adapterFacts } from './adapter-facts.ts';
import { ggufFacts } from './gguf-facts.ts';
import { knownModels } from './known-models.ts';
import type { PlacedModel } from './placed-model.ts';

/** Facts about a model folder that do not require opening its weights. */
interface ModelFacts {
  readonly family: string | null;
  readonly bytes: number;
  readonly adapter: AdapterFacts | null;
  readonly hasChatTemplate: boolean;
  readonly exists: boolean;
}

const MAX_JSON_BYTES = 16_000_000;

function readJson(path: string): Readonly<Record<string, unknown>> {
  try {
    if (statSync(path).size > MAX_JSON_BYTES) return {};
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Facts of an adapter; null for another folder, and for an adapter that cannot be read. */
function listedAdapter(folder: string, base: ModelFacts | null, known: readonly KnownModel[]): AdapterFacts | null {
  try {
    return isAdapterFolder(folder) ? adapterFacts(folder, base?.bytes ?? 0, known) : null;
  } catch (error) {
    if (error instanceof KeelError) return null;
    throw error;
  }
}

/** Bytes of the weight files in a folder. */
export function weightBytes(folder: string): number {
  const sizes = readdirSync(folder).map((name) =>
    name.endsWith('.safetensors') ? (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0) : 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Facts of the model that an adapter belongs to; null for another folder, and for an adapter without its base. */
function baseFacts(folder: string, known: readonly KnownModel[]): ModelFacts | null {
  try {
    return isAdapterFolder(folder) ? modelFacts(baseFolderOf(folder, known), known) : null;
  } catch {
    return null;
  }
}

/** Facts for a list; empty for an unreadable folder. Only opening the model shows whether it can be used. */
function modelFacts(folder: string, known: readonly KnownModel[]): ModelFacts {
  try {
    const gguf = ggufFileOf(folder);
    if (gguf !== null) return { ...ggufFacts(gguf), adapter: null, exists: true };
    const base = baseFacts(folder, known);
    const { model_type: family = base?.family } = readJson(join(folder, 'config.json'));
    const declared = readJson(join(folder, 'tokenizer_config.json')).chat_template;
    const separate = ['chat_template.jinja', 'chat_template.json'].some((name) => existsSync(join(folder, name)));
    const isDeclared = declared !== undefined && declared !== null;
    const hasChatTemplate = separate || isDeclared || (base?.hasChatTemplate ?? false);
    const bytes = weightBytes(folder);
    const adapter = listedAdapter(folder, base, known);
    return { family: typeof family === 'string' ? family : null, bytes, adapter, hasChatTemplate, exists: true };
  } catch {
    return { family: null, bytes: 0, adapter: null, hasChatTemplate: false, exists: false };
  }
}

type ListSetup = Pick<HostSetup, 'home' | 'store'>;

const OUTSIDE_RUNS = { run: null, tag: null };

function starterModel(): Model[] {
  const folder = join(STARTER_FOLDER, 'policy');
  const facts = modelFacts(folder, []);
  if (!facts.exists) return [];
  const plain = {
    reference: folder,
    folder,
    name: 'Starter policy',
    origin: null,
    id: null,
    at: null,
    removedAt: null,
  };
  return [{ ...plain, ...OUTSIDE_RUNS, ...facts, source: 'starter', kind: 'model' }];
}

/** A model that the user has added, with the current facts of its folder. */
export function describeModel(stored: StoredModel, known: readonly KnownModel[]): Model {
  const { id, name, folder, source, origin, kind, addedAt: at, removedAt } = stored;
  return {
    reference: folder,
    source,
    id,
    name,
    folder,
    origin,
    ...OUTSIDE_RUNS,
    kind,
    ...modelFacts(folder, known),
    at,
    removedAt,
  };
}

function artifacts(db: ReadableDb): Model[] {
  const known = knownModels(db);
  return listAllArtifacts(db).map(({ run, runName, kind, tag, folder, at }) => {
    const reference = `run:${run}/${kind}@${tag}`;
    const own = { reference, folder, name: runName, origin: null, id: null, run, kind, tag, at, removedAt: null };
    return { ...own, source: 'artifact', ...modelFacts(folder, known) };
  });
}

function checkpoints(db: ReadableDb): Model[] {
  const known = knownModels(db);
  return listAllCheckpoints(db).flatMap(({ run, runName, recipe, step, folder, bytes, at }): Model[] => {
    if (!findRecipe(recipe)?.artifacts.includes('policy')) return [];
    const base = baseOf(db, run);
    const facts = base === null ? null : modelFacts(base, known);
    if (!facts) return [];
    const reference = `checkpoint:${run}@${step}`;
    const own = { reference, folder, name: runName, origin: null, id: null, run, tag: String(step), at, bytes };
    return [{ ...facts, ...own, kind: 'policy', source: 'checkpoint', removedAt: null }];
  });
}

/** All models that can be inspected or prompted: added models, the starter, and the models of runs. */
export function getModels({ store }: ListSetup, withCheckpoints: boolean): Model[] {
  const added = knownModels(store.read);
  const ofRuns = [...artifacts(store.read), ...(withCheckpoints ? checkpoints(store.read) : [])];
  return [...added.map((model) => describeModel(model, added)), ...starterModel(), ...ofRuns];
}

/** Whether a folder is that of the starter policy or of a model that the user has added. */
export function isListedModel(db: ReadableDb, folder: string): boolean {
  if (folder === join(STARTER_FOLDER, 'policy')) return true;
  return listModels(db).some((model) => model.folder === folder && model.removedAt === null);
}

/** The folder with config and tokenizer of the model that a run trains, or null if it cannot be determined. */
function baseOf(db: ReadableDb, wanted: string): string | null {
  const run = findRun(db, wanted);
  const { model } = (readConfig(db, run.number).resolved ?? {}) as { readonly model?: unknown };
  if (typeof model !== 'string') return null;
  if (!REFERENCE.test(model)) return resolve(run.baseFolder, model);
  try {
    return locateReferences(db, { model }).locations[model] ?? null;
  } catch (error) {
    if (error instanceof KeelError) return null;
    throw error;
  }
}

const CHECKPOINT = /^checkpoint:([^/@\s]+)@(\d+)$/;

function placeCheckpoint(db: ReadableDb, run: string, step: number): PlacedModel {
  const found = listCheckpoints(db, findRun(db, run).number).find((one) => one.step === step && !one.removedBecause);
  const folder = baseOf(db, run);
  if (found && folder) return { folder, checkpoint: found.folder };
  throw new KeelError({
    code: 'checkpoint_unknown',
    why: found ? `The model that ${run} started from is missing.` : `The run ${run} has no checkpoint at step ${step}.`,
    fix: 'Choose another checkpoint, or the model that the run saved.',
  });
}

/**
 * Resolves a reference: `run:<id>/policy@best` or `checkpoint:<id>@<step>`. Null for a folder of the caller.
 * Throws `reference_unknown`, `run_unknown`, `checkpoint_unknown`.
 */
export function placeReference(db: ReadableDb, model: string): PlacedModel | null {
  const [, run, step] = CHECKPOINT.exec(model) ?? [];
  if (run && step) return placeCheckpoint(db, run, Number(step));
  if (!REFERENCE.test(model)) return null;
  return { folder: locateReferences(db, { model }).locations[model] ?? model, checkpoint: null };
}
