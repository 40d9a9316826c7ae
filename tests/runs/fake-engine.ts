import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandSchema, type EngineCommand, type EngineReport, type JobOf } from '#engine/protocol.ts';
import { writeCheckpoint } from '#engine/session/checkpoints.ts';
import { createControl } from '#engine/session/control.ts';

/**
 * Speaks the engine's protocol without TensorFlow: every step's metrics follow from the step and the values in force,
 * so that a resumed run repeats them. How it behaves is told by KEEL_FAKE.
 */
interface Behavior {
  readonly steps?: number;
  readonly checkpointEvery?: number;
  readonly stepMilliseconds?: number;
  /** Dies by SIGKILL, by SIGABRT, fails with a typed error, or falls silent at a step of a fresh run. */
  readonly at?: number;
  readonly fault?: 'kill' | 'abort' | 'fail' | 'silence';
  /** Adds to every value after a resume: a run that does not repeat itself. */
  readonly drift?: number;
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
  if (behavior.fault === 'silence') await new Promise(() => setInterval(() => undefined, 1000));
  if (behavior.fault === 'fail') {
    throw { code: 'loss_not_finite', why: 'The loss became NaN.', fix: 'Lower the rate.', kind: 'expected' };
  }
}

function tellNetwork(calls: number): void {
  const last = calls > 0 ? { api: 'globalThis.fetch', target: 'http://example.org/' } : null;
  tell({ kind: 'network', calls, last, openSockets: 0 });
}

function save(runFolder: string, step: number, isBest: boolean): void {
  const written = writeCheckpoint(runFolder, step, (folder) => {
    writeFileSync(join(folder, 'state.json'), JSON.stringify({ step }));
  });
  tell({ kind: 'checkpoint', checkpoint: { step, isBest, ...written } });
}

async function run(job: JobOf<'run'>): Promise<void> {
  const { steps = 6, checkpointEvery = 2, stepMilliseconds = 1, drift = 0 } = behavior;
  const start = job.resumeFrom ? JSON.parse(readFileSync(join(job.resumeFrom, 'state.json'), 'utf8')).step : 0;
  tell({ kind: 'input', input: { role: 'data.files', path: 'data.jsonl', sha256: 'ab', bytes: 3, rows: 1 } });
  for (let step = start + 1; step <= steps; step += 1) {
    const asked = await control.boundary(step);
    if (asked.stop) {
      save(job.runFolder, step - 1, false);
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
    if (asked.checkpoint || step % checkpointEvery === 0) save(job.runFolder, step, step === 2);
  }
  tell({ kind: 'artifact', artifact: { kind: 'policy', folder: join(job.runFolder, 'policy') } });
  tellNetwork(behavior.networkCalls ?? 0);
  tell({ kind: 'summary', summary: { steps, model: job.config.model } });
}

const control = createControl([], (report) => tell(report));

async function start({ job }: Extract<EngineCommand, { kind: 'start' }>): Promise<void> {
  if (job.kind === 'run') {
    for (const change of job.changes) control.receive({ kind: 'set', ...change });
    return run(job);
  }
  if (job.kind !== 'score') return tell({ kind: 'result', result: { kind: job.kind } });
  await misbehave(0);
  const rows = 'rows' in job.input ? job.input.rows : [];
  for (const row of rows) tell({ kind: 'rows', rows: [{ ids: [1, 2], logprobs: [-1], of: row }] });
  tell({ kind: 'result', result: { rows: rows.length } });
}

process.on('disconnect', () => process.exit(1));
process.on('message', (message) => {
  const command = commandSchema.parse(message);
  if (command.kind !== 'start') return control.receive(command);
  start(command)
    .catch((error) => tell({ kind: 'failed', error }))
    .then(() => unsent)
    .then(() => process.exit(0));
});
tell({ kind: 'ready', device: { backend: 'fake' }, settings: { threads: 1, onednn: false } });
tellNetwork(0);
