import type { RunHost } from '../runs/host/run-host.ts';
import { inTransaction } from '../store/database.ts';
import { deleteStudy, listStudies, updateStudy } from '../store/queries/studies.ts';
import { base } from './base.ts';
import { requireRunPaths } from './config/config-paths.ts';
import { findStudy, plannedStudyHandlers } from './planned-study-handlers.ts';
import { compareRuns } from './studies/compare-runs.ts';
import { findCompared } from './studies/compared-run.ts';
import { planMethods } from './studies/method-plan.ts';
import { describePlanned } from './studies/planned-study.ts';
import { readStudyAt } from './studies/read-at-kl.ts';
import { addStudy, startMethods, startSeeds } from './studies/start-study.ts';
import { versus } from './studies/versus.ts';

const { studies } = base;

const idsOf = (host: RunHost, runs: readonly string[]) => runs.map((run) => host.find(run).id as string);

export const studyHandlers = {
  ...plannedStudyHandlers,
  list: studies.list.handler(({ context: { host } }) => {
    return listStudies(host.setup.store.read).map((study) => {
      if (!study.isPlanned) return { ...study, standing: null };
      const { state, finished, entries } = describePlanned(host, study);
      return { ...study, standing: { state, finished, of: entries.length } };
    });
  }),
  create: studies.create.handler(({ input, context: { host } }) => {
    return addStudy(host, { ...input, runs: idsOf(host, input.runs) });
  }),
  update: studies.update.handler(({ input, context: { host } }) => {
    const { write } = host.setup.store;
    const { id, runs, name, notes } = input;
    findStudy(host, id);
    const changed = { ...(name && { name }), ...(notes !== undefined && { notes }) };
    inTransaction(write, () => updateStudy(write, id, { ...changed, ...(runs && { runs: idsOf(host, runs) }) }));
    return findStudy(host, id);
  }),
  remove: studies.remove.handler(({ input, context: { host } }) => {
    const { write } = host.setup.store;
    findStudy(host, input.id);
    inTransaction(write, () => deleteStudy(write, input.id));
    return { removed: input.id };
  }),
  compare: studies.compare.handler(({ input, context: { host } }) => compareRuns(host, input.runs)),
  reading: studies.reading.handler(({ input, context: { host } }) => readStudyAt(host, input)),
  versus: studies.versus.handler(({ input, context: { host } }) => versus(host, input)),
  planMethods: studies.planMethods.handler(({ input, context: { host } }) => {
    return planMethods(host.setup.store.read, findCompared(host, input.run));
  }),
  startMethods: studies.startMethods.handler(({ input, context: { host, paths } }) => {
    requireRunPaths(paths, host, input.run);
    return startMethods(host, input);
  }),
  startSeeds: studies.startSeeds.handler(({ input, context: { host, paths } }) => {
    requireRunPaths(paths, host, input.run);
    return startSeeds(host, input);
  }),
};
