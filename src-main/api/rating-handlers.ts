import type { RatingSession } from '#contract/api/library/ratings.ts';
import { KeelError } from '#contract/errors.ts';
import { addDataset } from '../library/dataset-library.ts';
import type { RunHost } from '../runs/host/run-host.ts';
import { durably, inTransaction } from '../store/database.ts';
import {
  deleteSession,
  finishSession,
  insertSession,
  listBlindPairs,
  listRatedPairs,
  listSessions,
  readSession,
  type StoredSession,
  setVerdict,
} from '../store/queries/ratings.ts';
import { base } from './base.ts';
import { drawPairs } from './ratings/draw-pairs.ts';
import { exportPairs } from './ratings/export-pairs.ts';
import { ratingResult } from './ratings/rating-result.ts';
import { samplesAtStep } from './studies/samples-at-step.ts';

const { ratings } = base;

function refusal(code: string, why: string, fix: string): KeelError {
  return new KeelError({ code, why, fix });
}

function findSession(host: RunHost, id: number): StoredSession {
  const session = readSession(host.setup.store.write, id);
  if (session) return session;
  throw refusal('rating_unknown', `There is no rating ${id}.`, 'It may have been deleted in another window.');
}

/** The part of a session that the rater may see. */
function blind({ seed: _seed, sides: _sides, ...session }: StoredSession): RatingSession {
  return session;
}

function resultOf(host: RunHost, id: number) {
  return ratingResult(findSession(host, id), listRatedPairs(host.setup.store.write, id));
}

export const ratingHandlers = {
  list: ratings.list.handler(({ context: { host } }) => listSessions(host.setup.store.read).map(blind)),
  start: ratings.start.handler(({ input, context: { host } }) => {
    const { store, now } = host.setup;
    const sides = input.sides.map((side) => samplesAtStep(host, side));
    const { pairs, identical } = drawPairs(sides, input.seed, input.limit);
    if (pairs.length === 0) {
      const why = `There is nothing to compare: ${identical} pairs of identical responses and no pairs that differ.`;
      throw refusal('rating_without_pairs', why, 'Choose runs with the same held-out prompts, or steps further apart.');
    }
    const named = sides.map(({ run, step }) => ({ run: run.id, name: run.name, step }));
    const session = { seed: input.seed, sides: named, identical, pairs, createdAt: now() };
    const id = inTransaction(store.write, () => insertSession(store.write, session));
    return blind(findSession(host, id));
  }),
  pairs: ratings.pairs.handler(({ input, context: { host } }) => {
    findSession(host, input.session);
    return [...listBlindPairs(host.setup.store.read, input.session)];
  }),
  rate: ratings.rate.handler(({ input, context: { host } }) => {
    const { store, now } = host.setup;
    const { session, position, verdict } = input;
    if (findSession(host, session).finishedAt !== null) {
      throw refusal('rating_finished', 'This rating is closed: the run names have been revealed.', 'Start a new one.');
    }
    const isThere = inTransaction(store.write, () => setVerdict(store.write, session, position, verdict, now()));
    if (!isThere) throw refusal('pair_unknown', `Rating ${session} has no pair ${position}.`, 'Reload the rating.');
    return blind(findSession(host, session));
  }),
  finish: ratings.finish.handler(({ input, context: { host } }) => {
    const { store, now } = host.setup;
    findSession(host, input.session);
    durably(store.write, () => finishSession(store.write, input.session, now()));
    return resultOf(host, input.session);
  }),
  result: ratings.result.handler(({ input, context: { host } }) => {
    if (findSession(host, input.session).finishedAt !== null) return resultOf(host, input.session);
    throw refusal('rating_open', 'Run names stay hidden until the rating is finished.', 'Finish the rating first.');
  }),
  exportPairs: ratings.exportPairs.handler(async ({ input, context: { host } }) => {
    findSession(host, input.session);
    const { home, store } = host.setup;
    const written = exportPairs(home, input.session, listRatedPairs(store.read, input.session));
    const file = { path: written.file, copy: false };
    const { id } = await addDataset(host.setup, file, () => undefined, new AbortController().signal);
    return { ...written, dataset: id };
  }),
  remove: ratings.remove.handler(({ input, context: { host } }) => {
    const { write } = host.setup.store;
    findSession(host, input.session);
    inTransaction(write, () => deleteSession(write, input.session));
    return { removed: input.session };
  }),
};
