import type { RunLine } from '#contract/api/runs/overview.ts';
import type { ApiClient } from '#contract/api/typed-client.ts';
import type { DeskRun, FromHost } from '../desktop-protocol.ts';

const ACTIVE: ReadonlySet<RunLine['state']> = new Set(['queued', 'running', 'paused']);
const WATCHED_RUNS = 200;

function deskRun({ id, name, state, progress }: RunLine): DeskRun {
  const share = progress && progress.total > 0 ? Math.min(1, progress.done / progress.total) : null;
  // Whole percents: the taskbar shows no more, and every other change would be a message.
  return { id, name, state, share: share === null ? null : Math.round(100 * share) / 100 };
}

/** True when a run has come to wait, and not because a person wanted it to. */
function isHeldSince({ state, pausedBecause }: RunLine, before: DeskRun): boolean {
  return state === 'paused' && before.state !== 'paused' && pausedBecause !== null && pausedBecause.by !== 'person';
}

/**
 * Tells of the runs under way whenever they change, and of every run that ends or waits for a person; until the host or the
 * signal ends.
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
    // A stage is part of its pipeline, which is told of itself.
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
