import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PauseCause, RunFinding } from '#contract/api/runs/run-doctor.ts';
import { commandSchema, type EngineCommand, type EngineReport, type JobOf } from '#engine/protocol.ts';
import { writeCheckpoint } from '#engine/session/checkpoint/checkpoints.ts';
import { type ControlDesk, createControl } from '#engine/session/control.ts';

/**
 * Speaks the engine's protocol without TensorFlow: every step's metrics follow from the step and the values in force,
 * so that a resumed run repeats them. How it behaves is told by KEEL_FAKE.
 */
interface Behavior {
  readonly steps?: number;
  readonly checkpointEvery?: number;
  readonly stepMilliseconds?: number;
  /** Dies by SIGKILL, by SIGABRT, fails with a typed error, falls silent, or says what nobody can read, at a step of a fresh run. */
  readonly at?: number;
  readonly fault?: 'kill' | 'abort' | 'fail' | 'silence' | 'nonsense';
  /** Adds to every value after a resume: a run that does not repeat itself. */
  readonly drift?: number;
  /** From this step on the doctor suspects a collapse, which it finds a step later, as long as the rate is 1. */
  readonly sickAt?: number;
  /** Attempts to reach the network that it tells of at its end. */
  readonly networkCalls?: number;
}

const behavior = JSON.parse(process.env.KEEL_FAKE ?? '{}') as Behavior;
let sequence = 0;
let unsent = Promise.resolve();

function tell(report: EngineReport): void {
  sequence += 1;
  const message = { ...report, sequence };
  unsent = unsent.then(() => new Promise<void>((resolve) => process.send?.(message, () => resolve())));
}

async function misbehave(step: number): Promise<void> {
  if (step !== behavior.at) return;
  await unsent;
  if (behavior.fault === 'kill') process.kill(process.pid, 'SIGKILL');
  if (behavior.fault === 'abort') process.abort();
  if (behavior.fault === 'nonsense') tell({ kind: 'metrics', step, points: [{ key: 'loss', value: 'x' as never }] });
  if (behavior.fault === 'silence') await new Promise(() => setInterval(() => undefined, 1000));
  if (behavior.fault === 'fail') {
    throw { code: 'loss_not_finite', why: 'The loss became NaN.', fix: 'Lower the rate.', kind: 'expected' };
  }
}

function tellNetwork(calls: number): void {
  const last = calls > 0 ? { api: 'globalThis.fetch', target: 'http://example.org/' } : null;
  tell({ kind: 'network', calls, last, openSockets: 0 });
}

/** What a checkpoint keeps, as of a recipe: the hold too, so that a resumed run is held at the same place. */
interface State {
  readonly step: number;
  readonly hold: PauseCause | null;
}

function save(runFolder: string, { step, hold }: State, isBest: boolean, suspectedSince: number | null = null): void {
  const written = writeCheckpoint(runFolder, step, (folder) => {
    writeFileSync(join(folder, 'state.json'), JSON.stringify({ step, hold }));
  });
  if (isBest) bestStep = step;
  tell({ kind: 'checkpoint', checkpoint: { step, isBest, bestStep, suspectedSince, ...written } });
}

const COLLAPSE: RunFinding = {
  ...{ regime: 'collapse', state: 'open', since: behavior.sickAt ?? 0, cause: 'entropy is gone', action: 'pause' },
  ...{ evidence: [], samples: [] },
  remedy: { text: 'Lower the rate.', path: 'optimizer.learning_rate', value: 0.5, isLive: true },
};

function isSick(step: number): boolean {
  return step >= (behavior.sickAt ?? Number.POSITIVE_INFINITY) && control?.inForce('optimizer.learning_rate', 1) === 1;
}

async function run(job: JobOf<'run'>, control: ControlDesk): Promise<void> {
  const { steps = 6, checkpointEvery = 2, stepMilliseconds = 1, drift = 0 } = behavior;
  const begin: State = job.resumeFrom
    ? JSON.parse(readFileSync(join(job.resumeFrom, 'state.json'), 'utf8'))
    : { step: 0, hold: null };
  let { hold } = begin;
  tell({ kind: 'input', input: { role: 'data.files', path: 'data.jsonl', sha256: 'ab', bytes: 3, rows: 1 } });
  for (let step = begin.step + 1; step <= steps; step += 1) {
    const asked = await control.boundary(step, hold);
    if (asked.stop) {
      save(job.runFolder, { step: step - 1, hold }, false, isSick(step - 1) ? (behavior.sickAt ?? null) : null);
      return tell({ kind: 'stopped', step: step - 1 });
    }
    await new Promise((resolve) => setTimeout(resolve, stepMilliseconds));
    if (!job.resumeFrom) await misbehave(step);
    const loss = control.inForce('optimizer.learning_rate', 1) / step + (job.resumeFrom ? drift : 0);
    tell({
      kind: 'metrics',
      step,
      points: [
        { key: 'loss', value: loss },
        { key: 'eps', value: performance.now() },
      ],
    });
    tell({ kind: 'progress', progress: { phase: 'training', done: step, total: steps, unit: 'steps' } });
    const isFound = isSick(step) && step === (behavior.sickAt ?? 0) + 1;
    if (isFound) tell({ kind: 'event', name: 'doctor', step, level: 'warning', detail: COLLAPSE });
    hold = isFound ? { by: 'doctor', why: COLLAPSE.cause, regime: 'collapse' } : null;
    const suspected = isSick(step) ? (behavior.sickAt ?? null) : null;
    if (asked.checkpoint || isFound || step % checkpointEvery === 0)
      save(job.runFolder, { step, hold }, step === 2 || step === behavior.sickAt, suspected);
  }
  mkdirSync(join(job.runFolder, 'policy'), { recursive: true });
  tell({ kind: 'artifact', artifact: { kind: 'policy', folder: join(job.runFolder, 'policy') } });
  tellNetwork(behavior.networkCalls ?? 0);
  tell({ kind: 'summary', summary: { steps, model: job.config.model } });
}

let control: ControlDesk | null = null;
const early: EngineCommand[] = [];
let bestStep: number | null = null;

function receive(command: EngineCommand, desk: ControlDesk): void {
  if (command.kind !== 'start') desk.receive(command);
}

async function start({ job }: Extract<EngineCommand, { kind: 'start' }>): Promise<void> {
  if (job.kind === 'run') {
    control = createControl(job.changes, (report) => tell(report), { goesOn: job.goesOn });
    for (const command of early.splice(0)) receive(command, control);
    return run(job, control);
  }
  if (job.kind === 'admission') return tell({ kind: 'result', result: { faults: [], notes: [] } });
  const error = {
    code: 'tokenizer.missing',
    why: 'There is no tokenizer.',
    fix: 'Add one.',
    kind: 'expected' as const,
  };
  const shape = { hidden_size: 8, num_layers: 1, num_heads: 1, num_kv_heads: 1, vocab_size: 9, context: 16 };
  const inspected = {
    ...{ kind: job.kind, family: 'gpt2', architectures: [], head: 'lm', parameters: 0, shape, dtypes: [], faults: [] },
    ...{ generation_config: null, tokenizer: { error }, tensors: [] },
  };
  if (job.kind === 'model_inspect') return tell({ kind: 'result', result: inspected });
  if (job.kind !== 'score') return tell({ kind: 'result', result: { kind: job.kind } });
  await misbehave(0);
  const rows = 'rows' in job.input ? job.input.rows : [];
  for (const row of rows) tell({ kind: 'rows', rows: [{ ids: [1, 2], logprobs: [-1], of: row }] });
  tell({ kind: 'result', result: { rows: rows.length } });
}

process.on('disconnect', () => process.exit(1));
process.on('message', (message) => {
  const command = commandSchema.parse(message);
  if (command.kind !== 'start') return control ? receive(command, control) : early.push(command);
  start(command)
    .catch((error) => tell({ kind: 'failed', error }))
    .then(() => unsent)
    .then(() => process.exit(0));
});
tell({ kind: 'ready', device: { backend: 'fake' }, settings: { threads: 1, onednn: false } });
tellNetwork(0);
