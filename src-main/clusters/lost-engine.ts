import type { KeelErrorShape } from '#contract/errors.ts';
import type { JobState } from './jobs-api.ts';

const resume = (run: string) =>
  `Resume the run: keel resume ${run}. It goes on from its last checkpoint on this machine.`;

/** An error of the cluster, as the end of a run: once its cause is gone, the run goes on. */
export function withResume({ code, why, fix }: KeelErrorShape, run: string): KeelErrorShape {
  const end = /keel resume/.test(fix) ? '' : ` Then: keel resume ${run}. A job that is still there is followed again.`;
  return { code, why, fix: `${fix}${end}`, kind: 'expected' };
}

/** The errors of a run whose job on a cluster has ended, or can no longer be followed. */
export function jobEnded(cluster: string, run: string, host: string, { status, message }: JobState): KeelErrorShape {
  if (status === 'LOST') {
    const why = `The cluster ${cluster} no longer knows the run's job: its control store was started again.`;
    return { code: 'cluster_job_lost', why, fix: resume(run), kind: 'expected' };
  }
  const at = host ? ` on ${host}` : '';
  // First what Ray says, last what the job has said: the error that ended its program.
  const lines = message?.trim().split('\n') ?? [];
  const words = [...new Set([lines.at(0), lines.at(-1)])].map((line) => line?.trim().slice(0, 300)).join(' ');
  if (status === 'STOPPED') {
    const why = `The run's job${at} was stopped on the cluster ${cluster} before the engine could say so.`;
    return { code: 'cluster_job_stopped', why, fix: resume(run), kind: 'expected' };
  }
  const why = `The run's job${at} ended on the cluster ${cluster} (${status}): the job was killed, or its node was lost. ${words}`;
  return { code: 'cluster_job_ended', why: why.trim(), fix: resume(run), kind: 'expected' };
}

export function logLost(what: string): KeelErrorShape {
  return {
    code: 'cluster_log_lost',
    why: `The run's job can no longer be followed: ${what}.`,
    fix: 'Resume the run: its job is followed again if it is still there.',
    kind: 'expected',
  };
}

export function takenOver(run: string): KeelErrorShape {
  return {
    code: 'cluster_taken_over',
    why: 'Another Keel, with a copy of this data folder, now follows the job of this run.',
    fix: `Continue there, or take the run back: keel resume ${run}`,
    kind: 'expected',
  };
}
