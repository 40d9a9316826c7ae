import type { ResumePlan } from '#contract/api/runs/resume-plan.ts';
import type { Detail } from '#contract/api/runs/run-records.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import type { ApiClient } from '#contract/api/typed-client.ts';
import { KeelError } from '#contract/errors.ts';
import { resumeWords } from '#contract/resume-words.ts';
import type { Connection } from '../attach/open-host.ts';
import { followRun } from './follow-run.ts';
import { jsonLine } from './output.ts';
import { formatSeconds } from './progress-line.ts';
import { renderReport } from './render/render-report.ts';
import { EXIT, type Shell } from './shell.ts';
import { stopWhenHeld } from './stop-when-held.ts';
import { onTwoStops } from './two-stops.ts';

const CODES: Record<Run['state'], number> = {
  queued: EXIT.failure,
  running: EXIT.failure,
  paused: EXIT.failure,
  finished: EXIT.ok,
  stopped: EXIT.canceled,
  failed: EXIT.failure,
  interrupted: EXIT.failure,
};

/** Ctrl-C requests a checkpoint and a stop; a second Ctrl-C stops the run immediately. */
function stopOnInterrupt(client: ApiClient, shell: Shell, id: string): () => void {
  return onTwoStops(shell, (isSecond) => {
    shell.remark(isSecond ? '\nStopping immediately.\n' : '\nStopping with a checkpoint at the next step.\n');
    client.runs.stop({ run: id, now: isSecond }).catch(() => undefined);
  });
}

function plainValue(value: unknown): string | null {
  if (typeof value === 'number') return String(Number(value.toPrecision(6)));
  return typeof value === 'object' ? null : String(value);
}

/** The plain values of a summary; those of a pipeline's stages are indented below the stage. */
function summaryLines(summary: Detail, indent = '  '): readonly string[] {
  return Object.entries(summary).flatMap(([key, value]) => {
    const text = plainValue(value);
    if (text !== null) return [`${indent}${key}: ${text}`];
    if (indent.length > 2 || value === null || Array.isArray(value)) return [];
    return [`${indent}${key}:`, ...summaryLines(value as Detail, `${indent}  `)];
  });
}

/** `Resume from step 20: keel resume ID` */
function resumeLine(id: string, plan: ResumePlan): string {
  const words = resumeWords(plan);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}: keel resume ${id}`;
}

function describeEnd(run: Run, plan: ResumePlan | null): readonly string[] {
  const seconds = run.finishedAt && run.startedAt ? (run.finishedAt - run.startedAt) / 1000 : 0;
  const step = run.lastStep === null ? '' : ` at step ${run.lastStep}`;
  const head = `${run.id} ${run.state}${step} after ${formatSeconds(seconds)}`;
  const error = run.error ? [`error: ${run.error.why}`, `fix: ${run.error.fix}`] : [];
  const resume = plan ? [resumeLine(run.id, plan)] : [];
  return [head, ...summaryLines(run.summary ?? {}), `  folder: ${run.folder}`, ...error, ...resume];
}

export interface EndOptions {
  readonly isJson: boolean;
  /** Rows up to this number are already known. */
  readonly after: number;
  /** Whether a run that the doctor has paused is stopped, because nobody is there to decide. */
  readonly stopsOnPause?: boolean;
}

/** Follows a run to its end, reports how it ended, and returns the exit code. Throws `host_lost`. */
export async function seeRunThrough(
  connection: Connection,
  shell: Shell,
  run: Run,
  options: EndOptions,
): Promise<number> {
  const { client, lost } = connection;
  const endWatch = stopOnInterrupt(client, shell, run.id);
  const held = stopWhenHeld(client, shell, run.id);
  try {
    const following = followRun(client, shell, run.id, {
      ...options,
      ...(options.stopsOnPause && { onRun: held.see }),
    });
    const last = await Promise.race([following, lost.then(() => null)]);
    if (last === null) {
      following.catch(() => undefined);
      throw hostLost(run.id);
    }
    const reports = await client.runs.report({ run: run.id });
    const isHeld = held.found() !== null && last.state === 'stopped';
    if (options.isJson) {
      const { id, state, summary, error, folder, lastStep } = last;
      const doctor = isHeld ? held.found() : null;
      shell.print(
        jsonLine({ type: 'summary', run: id, state, step: lastStep, folder, summary, error, reports, doctor }),
      );
    } else {
      const { resumesAt } = await client.runs.get({ run: run.id });
      for (const line of describeEnd(last, resumesAt)) shell.print(line);
      for (const report of reports) shell.print(`\n${renderReport(report)}`);
    }
    if (isHeld && !options.isJson) for (const text of held.lines()) shell.remark(`${text}\n`);
    return isHeld ? EXIT.paused : CODES[last.state];
  } finally {
    endWatch();
  }
}

function hostLost(id: string): KeelError {
  return new KeelError({
    code: 'host_lost',
    why: 'The Keel process that ran it has exited.',
    fix: `Continue with: keel resume ${id}`,
  });
}
