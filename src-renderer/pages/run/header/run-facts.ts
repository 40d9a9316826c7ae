import type { RunDetail } from '#contract/api/runs/run-state.ts';
import { readClusterDevice } from '#contract/cluster-device.ts';
import { type LiveField, liveFields, valueAt } from '#contract/config/index.ts';
import { bestMetric, bestName } from '#contract/metrics/best-metric.ts';
import { formatNumber } from '../../../parts/words/format-number.ts';
import { stepName } from '../plots/plot-frame.ts';
import { stageName } from '../stage-name.ts';

export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly tip: string;
  readonly isCode: boolean;
}

/** A value that can be changed during the run. */
export interface Dial extends LiveField {
  /** The current value. */
  readonly value: number;
}

/** The dials of a run with their current values: the last manual change, otherwise the config. */
export function dialsOf({ config, changes }: RunDetail): readonly Dial[] {
  return liveFields(config).flatMap((field) => {
    const changed = changes.findLast((change) => change.path === field.path);
    const value = changed?.value ?? valueAt(config, field.path);
    return typeof value === 'number' ? [{ ...field, value }] : [];
  });
}

/** The adapter's rank, and how its base is kept, if a run trains adapters. */
function adapterFacts(config: RunDetail['config']): readonly Fact[] {
  if (valueAt(config, 'adapter.peft_type') !== 'lora') return [];
  const r = valueAt(config, 'adapter.r');
  const alpha = valueAt(config, 'adapter.lora_alpha');
  const layers = [valueAt(config, 'adapter.target_modules')].flat().join(', ');
  const dtype = String(valueAt(config, 'engine.frozen_dtype'));
  return [
    { name: 'Adapter', value: `LoRA r ${r}`, tip: `Rank ${r}, alpha ${alpha}, on ${layers}`, isCode: false },
    { name: 'Base', value: dtype, tip: `engine.frozen_dtype: the frozen base is kept as ${dtype}`, isCode: false },
  ];
}

/** The cluster and the node that compute a run, which is then not an offline run; nothing for a run of this machine. */
function placeFacts({ device, attempts }: RunDetail): readonly Fact[] {
  const on = readClusterDevice(device);
  if (!on) return [];
  const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
  const each = [counted(on.cpus, 'CPU'), ...(on.gpus > 0 ? [counted(on.gpus, 'GPU')] : [])].join(', ');
  const held = on.workers > 0 ? `${counted(on.workers, 'worker')}, each with ${each}` : each;
  const { node, nodeId, device: kind } = attempts.findLast((attempt) => attempt.device.nodeId)?.device ?? {};
  const tip = 'Its models and data were sent to this Ray cluster: it is not an offline run.';
  return [
    { name: 'Cluster', value: `${on.cluster}, ${held}`, tip, isCode: false },
    ...(typeof node === 'string'
      ? [{ name: 'Node', value: `${node} (${kind})`, tip: `Ray calls it ${nodeId}`, isCode: true }]
      : []),
    { name: 'Offline', value: 'no', tip, isCode: false },
  ];
}

/** The best checkpoint so far, and the metric that says so. */
function bestFacts({ recipe, config, checkpoints }: RunDetail): readonly Fact[] {
  const best = checkpoints.findLast(({ isBest }) => isBest);
  const key = bestMetric(recipe, config);
  if (!best || !key) return [];
  const tip = `The checkpoint with the best ${key}; it is kept (checkpoints.keep_best).`;
  return [
    { name: `Best by ${bestName(key)}`, value: `${stepName(recipe)} ${formatNumber(best.step)}`, tip, isCode: false },
  ];
}

function short(path: string): string {
  return path.split('/').filter(Boolean).slice(-2).join('/');
}

/** The facts in a run's header: coefficient, model, dataset, stage, seed. */
export function runFacts(detail: RunDetail): readonly Fact[] {
  const { config, stage } = detail;
  const dials = dialsOf(detail).map(({ path, label, value, unusedBecause }) => ({
    name: label,
    value: formatNumber(value),
    tip: unusedBecause ? `${path}, initial value. ${unusedBecause}` : `${path}, current value`,
    isCode: false,
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
    ...adapterFacts(config),
    ...placeFacts(detail),
    ...(stage ? [plain('Stage', stageName(stage))] : []),
    ...bestFacts(detail),
    ...(typeof seed === 'number' ? [plain('Seed', String(seed))] : []),
  ];
}
