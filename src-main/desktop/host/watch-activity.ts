import type { RunLine } from '#contract/api/runs/overview.ts';
import type { ApiClient } from '#contract/api/typed-client.ts';
import type { DeskRun, FromHost } from '../desktop-protocol.ts';

const ACTIVE: ReadonlySet<RunLine['state']> = new Set(['queued', 'running', 'paused']);
const WATCHED_RUNS = 200;

function deskRun({ id, name, state, progress }: RunLine): DeskRun {
  const ofSteps = progress && progress.total > 0 ? Math.min(1, progress.done / progress.total) : null;
  const share = progress?.share ?? ofSteps;
  // Rounded to whole percents: the taskbar shows no more detail, and every change sends a message.
  return { id, name, state, share: share === null ? null : Math.round(100 * share) / 100 };
}

/** Whether a run has just been paused by something other than the user. */
function isHeldSince({ state, pausedBecause }: RunLine, before: DeskRun): boolean {
  return state === 'paused' && before.state !== 'paused' && pausedBecause !== null && pausedBecause.by !== 'person';
}

/**
 * Reports the active runs whenever they change, and every run that ends or waits for the user, until the host exits or
 * the signal aborts.
 */
export async function watchActivity(
  client: ApiClient,
  tell: (message: Extract<FromHost, { kind: 'activity' | 'ended' | 'held' }>) => void,
  signal: AbortSignal,
): Promise<void> {
  const active = new Map<string, DeskRun>();
  let told = '[]';
  for await (const { lines, removed } of await client.runs.overview({ limit: WATCHED_RUNS }, { signal })) {
    for (const id of removed) active.delete(id);
    // A stage is part of its pipeline, which has its own line.
    for (const line of lines.filter(({ parent }) => parent === null)) {
      const { id, name, state, problem } = line;
      const before = active.get(id);
      if (before && isHeldSince(line, before)) tell({ kind: 'held', name, why: line.pausedBecause?.why ?? '' });
      if (ACTIVE.has(state)) active.set(id, deskRun(line));
      else if (active.delete(id)) tell({ kind: 'ended', name, state, problem });
    }
    const runs = [...active.values()];
    if (JSON.stringify(runs) === told) continue;
    told = JSON.stringify(runs);
    tell({ kind: 'activity', runs });
  }
}
