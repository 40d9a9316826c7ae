import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import type { exportRequestSchema } from '#contract/api/jobs.ts';
import type { Artifact, Detail } from '#contract/api/run-records.ts';
import { KeelError } from '#contract/errors.ts';
import type { JobRequest } from '#engine/protocol.ts';
import type { RunHost } from '../runs/run-host.ts';
import { listArtifacts } from '../store/queries/lineage.ts';
import { readLatest } from '../store/queries/metrics.ts';
import type { ApiContext } from './base.ts';
import { describeRun } from './describe-run.ts';
import type { PathAccess } from './path-access.ts';

type ExportRequest = z.infer<typeof exportRequestSchema>;
const EXPORTED = ['policy', 'reward_model', 'critic'] as const;
type Exported = (typeof EXPORTED)[number];

interface Choice {
  readonly what: Exported;
  readonly artifact: Artifact;
}

function choose(host: RunHost, runId: string, { what, moment }: ExportRequest): Choice {
  const run = host.find(runId);
  const artifacts = listArtifacts(host.setup.store.read, run.number);
  for (const kind of what ? [what] : EXPORTED) {
    const moments = moment ? [moment] : ['best', 'last'];
    const ofKind = artifacts.filter((artifact) => artifact.kind === kind);
    const artifact = moments.map((one) => ofKind.find((candidate) => candidate.moment === one)).find(Boolean);
    if (artifact) return { what: kind, artifact };
  }
  const made = artifacts.map((artifact) => `${artifact.kind}@${artifact.moment}`).join(', ') || 'nothing yet';
  throw new KeelError({
    code: 'artifact_missing',
    why: `The run ${run.id} (${run.state}) has no ${what ?? 'model'}${moment ? ` at "${moment}"` : ''} to export.`,
    fix: `It has made: ${made}.`,
  });
}

/** For a pipeline: its last stage that has made something. */
function exportedRun(host: RunHost, wanted: string): string {
  const run = host.find(wanted);
  const { stages } = describeRun(host.setup.store.read, run);
  const made = stages.filter((stage) => listArtifacts(host.setup.store.read, stage.number).length > 0);
  return made.at(-1)?.id ?? run.id;
}

/** What the model card tells of where a model comes from. */
function cardRecord(host: RunHost, id: string, artifact: Artifact): Detail {
  const { read } = host.setup.store;
  const { config, inputs, attempts, recipe, summary, createdAt, name } = describeRun(read, host.find(id));
  const metrics = readLatest(read, host.find(id).number);
  const { environment, device } = attempts.at(-1) ?? { environment: {}, device: {} };
  const parents = [...new Set(inputs.flatMap((input) => input.sourceRun ?? []))];
  const machine = { environment, device };
  return { run: id, name, recipe, createdAt, config, inputs, parents, metrics, summary, ...machine, artifact };
}

/**
 * A page may replace a model's folder, never another one: what a person means at a terminal, a page may have been made
 * to ask. Throws `export_target_foreign`.
 * @param out absolute path
 */
export function requireReplaceable(paths: PathAccess, out: string, force: boolean): void {
  if (paths.roots === null || !force || !existsSync(out)) return;
  if (readdirSync(out).length === 0 || existsSync(join(out, 'config.json'))) return;
  throw new KeelError({
    code: 'export_target_foreign',
    why: `The folder ${out} holds something other than a model.`,
    fix: 'Choose a new folder.',
  });
}

/** The engine's job that writes an artifact of a run as a Hugging Face folder. */
export function exportJob({ host, paths }: ApiContext, request: ExportRequest): JobRequest {
  const { format, force } = request;
  const id = exportedRun(host, request.run);
  const { what, artifact } = choose(host, id, request);
  const out = paths.write(request.folder, request.out);
  requireReplaceable(paths, out, force);
  const record = cardRecord(host, id, artifact);
  return { kind: 'export', format, what, source: artifact.folder, out, force, record };
}
