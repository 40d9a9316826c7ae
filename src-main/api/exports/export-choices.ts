import { existsSync } from 'node:fs';
import type { ExportChoice, ExportRow } from '#contract/api/run-archive.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import { valueAt } from '#contract/config/index.ts';
import { defaultModel } from '../../runs/archive/default-model.ts';
import { EXPORTED, type Exported, kindsInCheckpoint } from '../../runs/archive/export-source.ts';
import type { RunHost } from '../../runs/host/run-host.ts';
import { listCheckpoints } from '../../store/queries/checkpoints.ts';
import { listExports } from '../../store/queries/exports.ts';
import { listArtifacts } from '../../store/queries/lineage.ts';
import { listStages, readConfig } from '../../store/queries/runs.ts';

const isExported = (kind: string): kind is Exported => EXPORTED.some((one) => one === kind);

function choicesOf({ setup: { store } }: RunHost, run: Run): readonly ExportChoice[] {
  const isAdapter = valueAt(readConfig(store.read, run.number).resolved, 'adapter.peft_type') === 'lora';
  const place = { run: run.id, runName: run.name, stage: run.stage, isAdapter };
  const artifacts = listArtifacts(store.read, run.number);
  const saved = artifacts.flatMap(({ kind, tag, detail, folder }): readonly ExportChoice[] => {
    if (!isExported(kind)) return [];
    const step = typeof detail.step === 'number' ? detail.step : null;
    const ofKind = artifacts.filter((one) => one.kind === kind);
    const isDefault = defaultModel(store.read, run, ofKind).artifact?.folder === folder;
    return [{ ...place, what: kind, tag, kind: 'artifact', step, isBest: tag === 'best', isDefault, bytes: null }];
  });
  const checkpoints = listCheckpoints(store.read, run.number).filter((one) => one.removedBecause === null);
  const stored = checkpoints.flatMap(({ step, isBest, bytes }) =>
    kindsInCheckpoint(run.recipe).map((what): ExportChoice => {
      return { ...place, what, tag: String(step), kind: 'checkpoint', step, isBest, isDefault: false, bytes };
    }),
  );
  return [...saved, ...stored];
}

/** What can be exported from a run; for a pipeline, from its stages, the last stage first. */
export function exportChoices(host: RunHost, wanted: string): readonly ExportChoice[] {
  const run = host.find(wanted);
  const stages = [...listStages(host.setup.store.read, run.id)].reverse();
  return [run, ...stages].flatMap((one) => choicesOf(host, one));
}

/** Folders to which a run and its stages were exported, newest first. */
export function exportRows(host: RunHost, wanted: string): readonly ExportRow[] {
  const { read } = host.setup.store;
  const run = host.find(wanted);
  const rows = [run, ...listStages(read, run.id)].flatMap(({ number }) => [...listExports(read, number)]);
  return rows
    .sort((one, other) => other.number - one.number)
    .map((row) => ({ ...row, isThere: existsSync(row.folder) }));
}
