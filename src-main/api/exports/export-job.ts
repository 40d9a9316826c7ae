import type { z } from 'zod';
import type { exportRequestSchema } from '#contract/api/jobs.ts';
import { type Artifact, type Detail, detailSchema } from '#contract/api/runs/run-records.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import { KeelError } from '#contract/errors.ts';
import type { JobRequest } from '#engine/protocol.ts';
import { defaultModel } from '../../runs/archive/default-model.ts';
import {
  type CheckpointSource,
  checkpointSource,
  EXPORTED,
  type Exported,
  kindsInCheckpoint,
  requireSource,
} from '../../runs/archive/export-source.ts';
import type { RunHost } from '../../runs/host/run-host.ts';
import { inTransaction } from '../../store/database.ts';
import { listCheckpoints } from '../../store/queries/checkpoints.ts';
import { insertExport } from '../../store/queries/exports.ts';
import { listArtifacts } from '../../store/queries/lineage.ts';
import { readLatest } from '../../store/queries/metrics.ts';
import type { ApiContext } from '../base.ts';
import { describeRun } from '../describe-run.ts';
import { exportChoices } from './export-choices.ts';

type ExportRequest = z.infer<typeof exportRequestSchema>;

interface Choice {
  readonly what: Exported;
  readonly artifact: Artifact;
  /** A checkpoint instead of a saved model. */
  readonly checkpoint: CheckpointSource | null;
}

function chooseCheckpoint(host: RunHost, run: Run, what: Exported, step: number): Choice | null {
  const { read } = host.setup.store;
  const stored = listCheckpoints(read, run.number).find((one) => one.step === step && one.removedBecause === null);
  if (!stored || !kindsInCheckpoint(run.recipe).includes(what)) return null;
  const checkpoint = checkpointSource(read, run, what, stored, listArtifacts(read, run.number));
  const artifact = { kind: what, tag: String(step), folder: stored.folder, detail: { step } };
  return { what, artifact, checkpoint };
}

function chooseArtifact(host: RunHost, run: Run, kind: Exported, tag: string | null): Choice | null {
  const { read } = host.setup.store;
  const ofKind = listArtifacts(read, run.number).filter((artifact) => artifact.kind === kind);
  const artifact = tag ? ofKind.find((one) => one.tag === tag) : defaultModel(read, run, ofKind).artifact;
  return artifact ? { what: kind, artifact, checkpoint: null } : null;
}

function choose(host: RunHost, runId: string, { what, tag }: ExportRequest): Choice {
  const run = host.find(runId);
  const step = tag !== null && /^\d+$/.test(tag) ? Number(tag) : null;
  for (const kind of what ? [what] : EXPORTED) {
    const choice = step === null ? chooseArtifact(host, run, kind, tag) : chooseCheckpoint(host, run, kind, step);
    if (choice) return choice;
  }
  const made = exportChoices(host, run.id).map((one) => `${one.what}@${one.tag}`);
  throw new KeelError({
    code: 'artifact_missing',
    why: `The run ${run.id} (${run.state}) has no ${what ?? 'model'}${tag ? ` at "${tag}"` : ''} to export.`,
    fix: `Available so far: ${made.join(', ') || 'nothing yet'}.`,
  });
}

/** For a pipeline: its last stage that has saved an artifact. */
function exportedRun(host: RunHost, wanted: string): string {
  const run = host.find(wanted);
  const { stages } = describeRun(host.setup.store.read, run);
  const made = stages.filter((stage) => listArtifacts(host.setup.store.read, stage.number).length > 0);
  return made.at(-1)?.id ?? run.id;
}

/** The provenance record of a model for its model card. */
function cardRecord(host: RunHost, id: string, artifact: Artifact): Detail {
  const { read } = host.setup.store;
  const { config, inputs, attempts, recipe, summary, createdAt, name } = describeRun(read, host.find(id));
  const metrics = readLatest(read, host.find(id).number);
  const { environment, device } = attempts.at(-1) ?? { environment: {}, device: {} };
  const parents = [...new Set(inputs.flatMap((input) => input.sourceRun ?? []))];
  const machine = { environment, device };
  return { run: id, name, recipe, createdAt, config, inputs, parents, metrics, summary, ...machine, artifact };
}

/** A planned export: the engine's job and the row to record for it. */
export interface PlannedExport {
  readonly job: JobRequest;
  readonly run: Run;
  readonly row: { readonly what: Exported; readonly tag: string; readonly folder: string };
}

function dtypeOfGguf(dtype: string): KeelError {
  return new KeelError({
    code: 'export_dtype_gguf',
    why: `A dtype (${dtype}) is for the weights of a Hugging Face folder, and this export is a GGUF file.`,
    fix: 'Choose the type of a GGUF file with --type (F32, F16, Q8_0, …), or export as hf.',
  });
}

/** Plans the engine job that writes an artifact or a checkpoint of a run as a Hugging Face folder or a GGUF file. */
export function planExport({ host, paths }: ApiContext, request: ExportRequest): PlannedExport {
  const { format, type, dtype, force, allowNonFinite } = request;
  if (format !== 'hf' && dtype !== null) throw dtypeOfGguf(dtype);
  const id = exportedRun(host, request.run);
  const { what, artifact, checkpoint } = choose(host, id, request);
  const out = paths.write(request.folder, request.out);
  const record = cardRecord(host, id, artifact);
  const from = checkpoint ?? { source: artifact.folder };
  requireSource(from);
  const stored = { format, type, dtype: dtype ?? ('float32' as const) };
  const job = { kind: 'export' as const, ...stored, what, ...from, out, force, allowNonFinite, record };
  return { job, run: host.find(id), row: { what, tag: artifact.tag, folder: out } };
}

/** Records a written and verified export in the run's history. */
export function recordExport({ host }: ApiContext, { run, row }: PlannedExport, result: unknown): void {
  const { store, now, signals } = host.setup;
  const detail = detailSchema.catch({}).parse(result);
  inTransaction(store.write, () => insertExport(store.write, run.number, { ...row, detail, at: now() }));
  signals.change(run.id);
}
