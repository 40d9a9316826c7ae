import type { Command } from 'commander';
import type { PlannedStudy, StudyForecast, StudyRequest } from '#contract/api/runs/planned-studies.ts';
import type { Study } from '#contract/api/runs/study.ts';
import type { ApiClient } from '#contract/api/typed-client.ts';
import { KeelError } from '#contract/errors.ts';
import { studyMarkdown } from '#contract/study/markdown.ts';
import type { Connection } from '../../attach/open-host.ts';
import { type AddCommand, JSON_OPTION } from '../command-context.ts';
import { jsonLine } from '../output.ts';
import { realNumber, wholeNumber } from '../parse-number.ts';
import { readConfigFile } from '../read-lines.ts';
import { renderBestOf, renderForecast, renderPlanned, renderStudies } from '../render/render-study.ts';
import { writeStudyFiles } from '../render/study-files.ts';
import { EXIT, type Shell } from '../shell.ts';
import { streamJob } from '../stream-job.ts';
import { onTwoStops } from '../two-stops.ts';
import { withHost } from '../with-host.ts';
import { addPlaceOptions, type PlaceFlags, placeOf } from './place-options.ts';

interface JsonFlag {
  readonly json?: boolean;
}

interface StudyFlags extends JsonFlag, PlaceFlags {
  readonly parallel?: number;
  readonly preflight?: boolean;
}

const STUDY_ARGUMENT = ['<study>', 'number or name of a study, or latest'] as const;

interface KlFlag {
  readonly kl?: number;
}

const KL_OPTION = [
  '--kl <nats>',
  'compare at this KL to the starting policy instead of the one that the config says',
  realNumber(1e-9),
] as const;

/** The study with a number or a name. Throws `study_unknown`, `study_ambiguous`. */
async function findStudy(client: ApiClient, wanted: string): Promise<Study> {
  const all = await client.studies.list();
  const found =
    wanted === 'latest' ? all.slice(0, 1) : all.filter(({ id, name }) => String(id) === wanted || name === wanted);
  if (found.length === 1) return found[0]!;
  const known = all.map(({ id, name }) => `${id} ${name}`).slice(0, 20);
  throw new KeelError({
    code: found.length === 0 ? 'study_unknown' : 'study_ambiguous',
    why: found.length === 0 ? `There is no study ${wanted}.` : `${found.length} studies are named ${wanted}.`,
    fix:
      known.length > 0 ? `Use the number of one of these: ${known.join(', ')}.` : 'Start one with: keel study CONFIG.',
  });
}

const isOver = ({ state }: PlannedStudy) => state !== 'running';

/** Waits until some run has changed, and reads the study again. */
async function* follow(client: ApiClient, id: number): AsyncGenerator<PlannedStudy> {
  const abort = new AbortController();
  try {
    for await (const _ of await client.runs.overview({ limit: 1 }, { signal: abort.signal })) {
      const planned = await client.studies.planned({ id });
      yield planned;
      if (isOver(planned)) return;
    }
  } finally {
    abort.abort();
  }
}

/** A line for every run that has ended or begun since the last look. */
function news(before: PlannedStudy | null, { entries, finished }: PlannedStudy): readonly string[] {
  const known = new Map(before?.entries.map(({ key, state }) => [key, state]));
  return entries
    .filter(({ key, state }) => state !== 'waiting' && state !== 'queued' && state !== known.get(key))
    .map(({ key, state, problem }) => `${finished}/${entries.length} ${key}: ${state}${problem ? `: ${problem}` : ''}`);
}

/** Follows a study to its end, tells how it stands, and returns the exit code. */
async function seeStudyThrough(
  { client }: Connection,
  shell: Shell,
  start: PlannedStudy,
  isJson: boolean,
): Promise<number> {
  const { id } = start.study;
  const endWatch = onTwoStops(shell, (isSecond) => {
    shell.remark(isSecond ? '\nStopping immediately.\n' : '\nStopping with a checkpoint at the next step.\n');
    client.studies.stop({ id, now: isSecond }).catch(() => undefined);
  });
  try {
    let last: PlannedStudy = start;
    for await (const planned of follow(client, id)) {
      for (const line of news(last, planned)) shell.remark(`${line}\n`);
      last = planned;
    }
    shell.print(isJson ? jsonLine(last) : renderPlanned(last));
    if (last.state === 'stopped') return EXIT.canceled;
    return last.finished === last.entries.length ? EXIT.ok : EXIT.failure;
  } finally {
    endWatch();
  }
}

/** Measures what a study needs. Throws `study_too_large` if it does not fit. */
async function requireRoom(client: ApiClient, shell: Shell, request: StudyRequest, isJson: boolean): Promise<void> {
  const forecast = (await streamJob(shell, (signal) => client.studies.measure(request, { signal }))) as StudyForecast;
  shell.print(isJson ? jsonLine({ type: 'forecast', ...forecast }) : renderForecast(forecast));
  if (forecast.fits) return;
  throw new KeelError({
    code: 'study_too_large',
    why: 'The study does not fit into memory or onto the disk.',
    fix: 'Change what the lines above name, or start it anyway with --no-preflight.',
  });
}

/** `keel study list | show | stop | resume | export`. */
function addQuestions(group: Command, shell: Shell, exit: (code: number) => void): void {
  group
    .command('list')
    .description('list studies, newest first')
    .option(...JSON_OPTION)
    .action(async ({ json }: JsonFlag) => {
      const all = await withHost(shell, (client) => client.studies.list());
      shell.print(json ? jsonLine(all, 2) : renderStudies(all));
    });
  group
    .command('show')
    .description('show the runs of a study and what they say so far, with intervals')
    .argument(...STUDY_ARGUMENT)
    .option(...KL_OPTION)
    .option(...JSON_OPTION)
    .action(async (wanted: string, { kl, json }: JsonFlag & KlFlag) => {
      const report = await withHost(shell, async (client) => {
        return client.studies.report({ id: (await findStudy(client, wanted)).id, kl });
      });
      shell.print(json ? jsonLine(report, 2) : `${renderPlanned(report.planned)}\n\n${studyMarkdown(report)}`);
    });
  group
    .command('stop')
    .description('end the active run with a checkpoint and start no other')
    .argument(...STUDY_ARGUMENT)
    .option('--now', 'end it immediately, without a checkpoint')
    .option(...JSON_OPTION)
    .action(async (wanted: string, { now = false, json }: JsonFlag & { readonly now?: boolean }) => {
      const planned = await withHost(shell, async (client) => {
        return client.studies.stop({ id: (await findStudy(client, wanted)).id, now });
      });
      shell.print(json ? jsonLine(planned, 2) : renderPlanned(planned));
    });
  group
    .command('resume')
    .description('run what has not finished, from the newest checkpoints')
    .argument(...STUDY_ARGUMENT)
    .option(...JSON_OPTION)
    .action(async (wanted: string, { json = false }: JsonFlag) => {
      await withHost(shell, async (client, connection) => {
        const planned = await client.studies.resume({ id: (await findStudy(client, wanted)).id });
        exit(await seeStudyThrough(connection, shell, planned, json));
      });
    });
  group
    .command('export')
    .description('write the report: report.md, cells.csv, and frontier.png')
    .argument(...STUDY_ARGUMENT)
    .requiredOption('--out <folder>', 'folder to write to; nothing in it is replaced')
    .option(...KL_OPTION)
    .option(...JSON_OPTION)
    .action(async (wanted: string, { out, kl, json }: JsonFlag & KlFlag & { readonly out: string }) => {
      const report = await withHost(shell, async (client) => {
        return client.studies.report({ id: (await findStudy(client, wanted)).id, kl });
      });
      const { paths, hasWords } = await writeStudyFiles(out, report);
      if (!hasWords) shell.remark('This machine has no font, so the picture has no words.\n');
      shell.print(json ? jsonLine({ files: paths }) : paths.join('\n'));
    });
}

/** `keel study best-of`. */
function addBestOf(group: Command, shell: Shell): void {
  group
    .command('best-of')
    .description('sample responses of the starting policy, for "best of n" beside the frontier')
    .argument(...STUDY_ARGUMENT)
    .option('--samples <n>', 'responses per prompt', wholeNumber(2), 16)
    .option(...JSON_OPTION)
    .action(async (wanted: string, { samples, json = false }: JsonFlag & { readonly samples: number }) => {
      await withHost(shell, async (client) => {
        const { id } = await findStudy(client, wanted);
        await streamJob(shell, (signal) => client.studies.sampleStart({ id, samples }, { signal }));
        const { bestOf } = await client.studies.report({ id });
        shell.print(json ? jsonLine(bestOf, 2) : renderBestOf(bestOf));
      });
    });
}

/** Where the runs of a study are computed. Throws `cluster_not_named` for what only a cluster has. */
function studyPlaceOf(flags: StudyFlags): StudyRequest['on'] {
  const place = placeOf(flags);
  const { parallel = null } = flags;
  if (place !== null) return { cluster: place.cluster, cpus: place.cpus, gpus: place.gpus, parallel };
  if (parallel === null) return null;
  throw new KeelError({
    code: 'cluster_not_named',
    why: 'This machine computes one run after the other; --parallel is for a cluster, and there is no --on.',
    fix: 'Add --on CLUSTER, or leave out --parallel.',
  });
}

/** `keel study …`. */
export const addStudy: AddCommand = (program, { shell, exit }) => {
  const group = program
    .command('study')
    .description('compare methods over seeds and values of their fields, with intervals')
    .argument('[config]', 'YAML or JSON file, or - for standard input; its paths are relative to its folder');
  addPlaceOptions(group, 'its runs')
    .option('--parallel <n>', 'runs at once on the cluster; by default, as many as fit', wholeNumber(1))
    .option('--preflight', 'measure time, memory, and disk space of the whole study; changes nothing')
    .option('--no-preflight', 'start without measuring first')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      '\ndocs/config.md lists the fields of a study. Ctrl-C: checkpoint, then stop; keel study resume continues.',
    )
    .action(async (file: string | undefined, flags: StudyFlags, command: Command) => {
      if (file === undefined) return command.help();
      const { preflight, json = false } = flags;
      const request = { ...readConfigFile(shell, file), on: studyPlaceOf(flags) };
      await withHost(shell, async (client, connection) => {
        if (preflight !== false) await requireRoom(client, shell, request, json);
        if (preflight === true) return;
        const begun = (await streamJob(shell, (signal) => client.studies.begin(request, { signal }))) as PlannedStudy;
        shell.remark(`study ${begun.study.id}: ${begun.entries.length} runs\n`);
        exit(await seeStudyThrough(connection, shell, begun, json));
      });
    });
  addQuestions(group, shell, exit);
  addBestOf(group, shell);
};
