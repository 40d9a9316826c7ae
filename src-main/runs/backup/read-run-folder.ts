import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type DataLedger, dataLedgerSchema } from '#contract/api/runs/data-ledger.ts';
import { type Artifact, artifactSchema, type Detail, detailSchema } from '#contract/api/runs/run-records.ts';
import { runStateSchema } from '#contract/api/runs/run-state.ts';
import { readExactJson } from '#contract/exact-json.ts';
import { runIdSchema } from '#contract/ids.ts';
import { LEDGER_FILE } from '#contract/run-events.ts';
import { portableText } from '../../disk/home-paths.ts';
import { replaceTexts } from '../host/artifact-references.ts';

const manifestSchema = z.object({
  id: runIdSchema,
  name: z.string(),
  recipe: z.string(),
  parent: z.string().nullable(),
  stage: z.string().nullable(),
  createdAt: z.int(),
  /** Location of the run when this was written. */
  folder: z.string().optional(),
  baseFolder: z.string(),
  configGiven: z.string(),
  state: runStateSchema,
  summary: detailSchema.nullable(),
});

/** A run as described by its folder. */
export interface FoundRun extends z.infer<typeof manifestSchema> {
  readonly config: Detail;
  /** What became of the rows of its data; null if no engine has loaded them. */
  readonly ledger: DataLedger | null;
}

/** A folder below `runs` from which no run can be read, and why. */
export interface SkippedFolder {
  readonly folder: string;
  readonly why: string;
}

function readWhole(path: string, read: (text: string) => unknown): unknown {
  try {
    return read(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

/** Reads `run.json` and `config.yaml`; returns a text with the reason if that fails. */
export function readRunFolder(folder: string): FoundRun | string {
  if (!existsSync(join(folder, 'run.json'))) return 'it has no run.json';
  const manifest = manifestSchema.safeParse(readWhole(join(folder, 'run.json'), readExactJson));
  if (!manifest.success) return 'its run.json is truncated or damaged';
  if (manifest.data.id !== basename(folder)) return `its run.json belongs to the run ${manifest.data.id}`;
  const config = detailSchema.safeParse(readWhole(join(folder, 'config.yaml'), parse));
  if (!config.success) return 'its config.yaml is missing or damaged';
  const ledger = dataLedgerSchema.safeParse(readWhole(join(folder, LEDGER_FILE), readExactJson)).data ?? null;
  return atHome({ ...manifest.data, config: config.data, ledger });
}

/** Rewrites paths below the run's original data folder to the current one. */
function atHome(found: FoundRun): FoundRun {
  const former = /^(.+)[\\/]runs[\\/][^\\/]+$/.exec(found.folder ?? '')?.[1];
  if (former === undefined) return found;
  const portable = portableText([former]);
  const { config, summary, ledger } = found;
  const texts = replaceTexts({ config, summary, ledger }, portable);
  const [baseFolder, configGiven] = [portable(found.baseFolder), portable(found.configGiven)];
  return { ...found, ...texts, baseFolder, configGiven };
}

/** Models that a run has saved in its folder. Each is complete, because its folder is renamed last. */
export function readArtifacts(folder: string): readonly Artifact[] {
  const place = join(folder, 'artifacts');
  const saved = existsSync(place) ? readdirSync(place).flatMap((name) => readArtifact(join(place, name)) ?? []) : [];
  const model = join(folder, 'model');
  const first = { kind: 'model' as const, tag: 'last', folder: model, detail: {} };
  return existsSync(join(model, 'config.json')) ? [...saved, first] : saved;
}

function readArtifact(folder: string): Artifact | null {
  if (!existsSync(join(folder, 'config.json'))) return null;
  const [kind, tag = 'last'] = basename(folder).split('@');
  const { runId: _run, kind: _kind, tag: _tag, moment: _former, ...detail } = readDetail(join(folder, 'keel.json'));
  return artifactSchema.safeParse({ kind, tag, folder, detail }).data ?? null;
}

function readDetail(path: string): Detail {
  return detailSchema.catch({}).parse(readWhole(path, readExactJson));
}
