import type { StudyPlace } from '#contract/api/clusters.ts';
import type { StudyRequest } from '#contract/api/runs/planned-studies.ts';
import { startSamplesSchema } from '#contract/api/runs/start-samples.ts';
import type { Study } from '#contract/api/runs/study.ts';
import {
  parseConfigText,
  type ResolvedStudy,
  resolveStudy,
  resolveStudyDespiteFaults,
} from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import { requireCluster } from '../clusters/check-cluster.ts';
import { checkParts, requireAdmitted } from '../runs/admission/check-admission.ts';
import type { RunHost } from '../runs/host/run-host.ts';
import { sampleStart } from '../runs/studies/sample-start.ts';
import { measureStudy, sampleEntries } from '../runs/studies/study-forecast.ts';
import { studiesOf } from '../runs/studies/study-runner.ts';
import { inTransaction } from '../store/database.ts';
import { insertStudy, readStudy, writeStartSamples } from '../store/queries/studies.ts';
import { base } from './base.ts';
import { requirePaths, requireRunPaths } from './config/config-paths.ts';
import { typedStream } from './error-boundary.ts';
import type { PathAccess } from './path-access.ts';
import { describePlanned } from './studies/planned-study.ts';
import { draftStudy } from './studies/study-draft.ts';
import { reportStudy } from './studies/study-report.ts';

const { studies } = base;

/** Throws `study_unknown`. */
export function findStudy(host: RunHost, id: number): Study {
  const study = readStudy(host.setup.store.write, id);
  if (study) return study;
  const fix = 'It may have been deleted in another window.';
  throw new KeelError({ code: 'study_unknown', why: `There is no study ${id}.`, fix });
}

function requireEntryPaths({ entries }: ResolvedStudy, baseFolder: string, paths: PathAccess): void {
  if (paths.roots !== null) for (const { file } of entries) requirePaths(paths, baseFolder, file);
}

function readRequest({ config, baseFolder }: StudyRequest, paths: PathAccess): ResolvedStudy {
  const resolved = resolveStudy(parseConfigText(config, 'The config'));
  requireEntryPaths(resolved, baseFolder, paths);
  return resolved;
}

/** Where a study's runs will be computed. Throws what {@link requireCluster} throws. */
async function placeOf(host: RunHost, on: StudyRequest['on']): Promise<StudyPlace | null> {
  if (on === null) return null;
  const { parallel, ...place } = on;
  const most = await requireCluster(host.setup.home, place);
  return { ...place, parallel: parallel ?? most };
}

/** One part per kind of run and set of values: seeds differ in nothing that could be refused. */
function partsOfStudy(resolved: ResolvedStudy) {
  const firsts = new Map(
    resolved.entries.toReversed().map((entry) => [`${entry.label} ${JSON.stringify(entry.knobs)}`, entry]),
  );
  return resolved.entries
    .filter((entry) => firsts.get(`${entry.label} ${JSON.stringify(entry.knobs)}`) === entry)
    .map(({ shared, method, label, file }) => ({
      at: shared === null ? `methods[${method}].` : `prepare.${shared}.`,
      stage: label,
      config: file,
      runFolder: null,
    }));
}

/** What a page may ask about a study that it has found in a backup: its paths are checked like those of a new one. */
function requireStudyPaths(host: RunHost, paths: PathAccess, id: number): void {
  if (paths.roots === null) return;
  const known = studiesOf(host).known(id);
  requireEntryPaths(known, known.baseFolder, paths);
}

export const plannedStudyHandlers = {
  measure: studies.measure.handler(async function* ({ input, context: { host, paths }, signal }) {
    const resolved = readRequest(input, paths);
    const { baseFolder } = input;
    const place = await placeOf(host, input.on);
    const parts = sampleEntries(resolved).map(({ label, file }) => ({
      ...{ at: `${label}: `, stage: label, config: file, runFolder: null },
    }));
    requireAdmitted(yield* typedStream(checkParts(host.setup, parts, baseFolder, signal)));
    const options = { baseFolder, signal, activeRuns: () => host.activeRuns() };
    yield* typedStream(measureStudy(host.setup, resolved, place, options));
  }),
  begin: studies.begin.handler(async function* ({ input, context: { host, paths }, signal }) {
    const resolved = readRequest(input, paths);
    const place = await placeOf(host, input.on);
    const admission = yield* typedStream(checkParts(host.setup, partsOfStudy(resolved), input.baseFolder, signal));
    for (const text of admission.notes) yield { kind: 'log' as const, level: 'warning' as const, text };
    requireAdmitted(admission);
    const { write } = host.setup.store;
    const { name, notes } = resolved.study;
    const created = { name, notes, runs: [], createdAt: host.setup.now() };
    const plan = { plan: resolved.study, baseFolder: input.baseFolder, place };
    const id = inTransaction(write, () => insertStudy(write, created, plan));
    studiesOf(host).start(id);
    yield { kind: 'result' as const, result: describePlanned(host, findStudy(host, id)) };
  }),
  planned: studies.planned.handler(({ input, context: { host } }) => describePlanned(host, findStudy(host, input.id))),
  resume: studies.resume.handler(({ input, context: { host, paths } }) => {
    requireStudyPaths(host, paths, findStudy(host, input.id).id);
    studiesOf(host).start(input.id);
    return describePlanned(host, findStudy(host, input.id));
  }),
  stop: studies.stop.handler(async ({ input: { id, now }, context: { host } }) => {
    const study = findStudy(host, id);
    studiesOf(host).stop(id, { now });
    await studiesOf(host).ended(id);
    return describePlanned(host, study);
  }),
  report: studies.report.handler(({ input: { id, ...choice }, context: { host } }) => {
    return reportStudy(host, findStudy(host, id), choice);
  }),
  sampleStart: studies.sampleStart.handler(async function* ({ input, context: { host, paths }, signal }) {
    const { id, samples } = input;
    requireStudyPaths(host, paths, findStudy(host, id).id);
    host.warm.giveWay();
    const { write } = host.setup.store;
    for await (const message of typedStream(sampleStart(host.setup, studiesOf(host).known(id), samples, signal))) {
      if (message.kind === 'result') {
        const sampled = startSamplesSchema.parse(message.result);
        inTransaction(write, () => writeStartSamples(write, id, sampled));
      }
      yield message;
    }
  }),
  check: studies.check.handler(async function* ({ input, context: { host, paths }, signal }) {
    const { resolved, faults } = resolveStudyDespiteFaults(parseConfigText(input.config, 'The config'));
    const own = faults.map((fault) => ({ ...fault, code: 'config_invalid' }));
    if (!resolved) {
      yield { kind: 'result' as const, result: { faults: own, notes: [] } };
      return;
    }
    requireEntryPaths(resolved, input.baseFolder, paths);
    const parts = partsOfStudy(resolved);
    const result = yield* typedStream(checkParts(host.setup, parts, input.baseFolder, signal));
    yield { kind: 'result' as const, result };
  }),
  draft: studies.draft.handler(({ input, context: { host, paths } }) => {
    if ('run' in input) requireRunPaths(paths, host, input.run);
    return draftStudy(host, input);
  }),
};
