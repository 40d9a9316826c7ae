import { type Command, InvalidArgumentError } from 'commander';
import type { DataLedger } from '#contract/api/runs/data-ledger.ts';
import type { ListedRun, RunDetail, StoredInput } from '#contract/api/runs/run-state.ts';
import type { ApiClient } from '#contract/api/typed-client.ts';
import type { LiveChange } from '#contract/config/index.ts';
import { ledgerLines, ledgerSummary, placesWords } from '#contract/ledger-words.ts';
import { outcomeCells } from '#contract/report-words.ts';
import { resumePlace, resumeWords } from '#contract/resume-words.ts';
import { repairHome } from '../../runs/backup/repair-home.ts';
import { type AddCommand, JSON_OPTION } from '../command-context.ts';
import { seeRunThrough } from '../end-of-run.ts';
import { columns, jsonLine } from '../output.ts';
import { realNumber, wholeNumber } from '../parse-number.ts';
import { renderRepair } from '../render/render-repair.ts';
import { renderReport } from '../render/render-report.ts';
import type { Shell } from '../shell.ts';
import { withHost } from '../with-host.ts';
import { addKeeping } from './archive-commands.ts';
import { addRunData } from './run-data-commands.ts';

interface JsonFlag {
  readonly json?: boolean;
}

const when = (at: number | null) => (at === null ? '' : new Date(at).toISOString().slice(0, 19).replace('T', ' '));

const HEADINGS = ['RUN', 'RECIPE', 'STATE', 'STEP', 'RESULT', 'JUDGE', 'KL', 'CREATED (UTC)', 'RESUMES AT'];

function listText(runs: readonly ListedRun[]): string {
  if (runs.length === 0) return 'No runs yet. Start one with: keel run CONFIG';
  const rows = runs.map(({ id, recipe, state, lastStep, createdAt, resumesAt, outcome }) => {
    const step = String(lastStep ?? '');
    const resume = resumesAt ? resumePlace(resumesAt) : '';
    return [id, recipe, state, step, ...outcomeCells(outcome), when(createdAt), resume];
  });
  const waits = runs.flatMap(({ id, pausedBecause }) => (pausedBecause ? [`${id}: ${pausedBecause.why}`] : []));
  return [columns([[...HEADINGS], ...rows]), ...waits].join('\n');
}

function ledgerFacts(ledger: DataLedger): readonly (readonly string[])[] {
  const entries = ledgerLines(ledger).map((line) => {
    const places = placesWords(line);
    return [`data ${line.level}`, places === null ? line.text : `${line.text} ${places}`];
  });
  return [['data', ledgerSummary(ledger)], ...entries];
}

/** A file with its hash, or the model of another run, with the reason if it is not the best one. */
function inputText({ sourceRun, path, sha256, detail }: StoredInput): string {
  if (sourceRun === null) return `${path} ${sha256.slice(0, 12)}`;
  const model = detail.kind ? `${sourceRun} ${detail.kind}@${detail.tag}` : sourceRun;
  return detail.because ? `${model}: ${detail.because}` : model;
}

function showText(run: RunDetail, latest: Readonly<Record<string, number>>): string {
  const facts = [
    ['run', run.id],
    ['recipe', run.recipe],
    ['state', run.pausedBecause ? `${run.state}: ${run.pausedBecause.why}` : run.state],
    ...(run.resumesAt ? [['resume', `${resumeWords(run.resumesAt)}: keel resume ${run.id}`]] : []),
    ['step', String(run.lastStep ?? '')],
    ['created', when(run.createdAt)],
    ['ended', when(run.finishedAt)],
    ['folder', run.folder],
    ...(run.parent ? [['pipeline', `${run.parent} (stage ${run.stage})`]] : []),
    ...run.stages.map((stage) => [`stage ${stage.stage}`, `${stage.id} ${stage.state}`]),
    ...(run.error ? [['error', run.error.why]] : []),
    ...run.inputs.map((input) => [`input ${input.role}`, inputText(input)]),
    ...(run.ledger ? ledgerFacts(run.ledger) : []),
    ...run.artifacts.map((made) => [`${made.kind} (${made.tag})`, made.folder]),
    ...run.checkpoints
      .filter((one) => one.removedBecause === null)
      .map((one) => [`checkpoint ${one.step}`, `${one.folder}${one.isBest ? ' (best)' : ''}`]),
    ...run.changes.map((change) => [`changed at ${change.step}`, `${change.path} = ${change.value}`]),
    ...Object.entries(latest).map(([key, value]) => [key, String(Number(value.toPrecision(6)))]),
  ];
  return columns(facts);
}

interface RollbackFlags extends JsonFlag {
  readonly step?: number;
  readonly set?: LiveChange;
  readonly stay?: boolean;
}

/** Parses `a.b=1` as a change. Throws a usage error for anything else. */
function parseChange(text: string): LiveChange {
  const [, path, value] = /^([^=]+)=([^=]+)$/.exec(text) ?? [];
  if (path === undefined || value === undefined)
    throw new InvalidArgumentError('Write it in the form field.path=value, such as method.apa_lambda=2.');
  return { path: path.trim(), value: realNumber(Number.NEGATIVE_INFINITY)(value) };
}

/** Adds a subcommand that makes one API call for one run. */
function addQuestion(
  group: Command,
  shell: Shell,
  name: string,
  description: string,
  ask: (client: ApiClient, run: string) => Promise<unknown>,
): void {
  group
    .command(name)
    .description(description)
    .argument('<run>', 'run id, an unambiguous part of one, or latest')
    .option(...JSON_OPTION)
    .action(async (run: string, flags: JsonFlag) => {
      const answer = await withHost(shell, (client) => ask(client, run));
      shell.print(flags.json ? jsonLine(answer, 2) : 'Done.');
    });
}

function addStop(group: Command, shell: Shell): void {
  group
    .command('stop')
    .description('write a checkpoint and stop; a run that is waiting for disk space stops without the checkpoint')
    .argument('<run>', 'run id, an unambiguous part of one, or latest')
    .option('--now', 'stop immediately, without a checkpoint')
    .option(...JSON_OPTION)
    .action(async (run: string, { now = false, json }: JsonFlag & { now?: boolean }) => {
      const answer = await withHost(shell, (client) => client.runs.stop({ run, now }));
      shell.print(json ? jsonLine(answer, 2) : 'Done.');
    });
}

function addReading(group: Command, shell: Shell): void {
  group
    .command('list')
    .description('list runs, newest first')
    .option('--limit <n>', 'maximum number of runs', wholeNumber(1), 50)
    .option(...JSON_OPTION)
    .action(async ({ limit, json }: JsonFlag & { limit: number }) => {
      const runs = await withHost(shell, (client) => client.runs.list({ limit }));
      shell.print(json ? jsonLine(runs, 2) : listText(runs));
    });
  group
    .command('show')
    .description('show everything about a run: inputs, checkpoints, artifacts, newest metrics, and the report')
    .argument('<run>', 'run id, an unambiguous part of one, or latest')
    .option(...JSON_OPTION)
    .action(async (run: string, { json }: JsonFlag) => {
      const [detail, latest, reports] = await withHost(shell, (client) => {
        return Promise.all([client.runs.get({ run }), client.runs.latest({ run }), client.runs.report({ run })]);
      });
      if (json) shell.print(jsonLine({ ...detail, metrics: latest, reports }, 2));
      else shell.print([showText(detail, latest), ...reports.map(renderReport)].join('\n\n'));
    });
}

/** `keel runs …`. */
export const addRuns: AddCommand = (program, { shell, exit }) => {
  const group = program.command('runs').description('show, control, and delete runs');
  addReading(group, shell);
  addRunData(group, shell);
  group
    .command('watch')
    .description('follow a run that was started in another terminal')
    .argument('<run>', 'run id, an unambiguous part of one, or latest')
    .option(...JSON_OPTION)
    .action(async (wanted: string, { json = false }: JsonFlag) => {
      await withHost(shell, async (client, connection) => {
        const run = await client.runs.get({ run: wanted });
        exit(await seeRunThrough(connection, shell, run, { isJson: json, after: 0 }));
      });
    });
  addKeeping(group, shell);
  group
    .command('set')
    .description('change a value of a run from its next step on; the change is recorded')
    .argument('<run>', 'run id, an unambiguous part of one, or latest')
    .argument('<path>', 'live field of the config, such as optimizer.learning_rate; marked in docs/config.md')
    .argument('<value>', 'number', realNumber(Number.NEGATIVE_INFINITY))
    .option(...JSON_OPTION)
    .action(async (run: string, path: string, value: number, { json }: JsonFlag) => {
      const answer = await withHost(shell, (client) => client.runs.set({ run, path, value }));
      shell.print(json ? jsonLine(answer, 2) : `${answer.id}: ${path} = ${value} from the next step on.`);
    });
  group
    .command('rollback')
    .description('go back to a checkpoint and continue from there; the discarded steps are kept as a numbered branch')
    .argument('<run>', 'run id, an unambiguous part of one, or latest')
    .option('--step <n>', 'step of a checkpoint, 0 for the start (default: the last healthy one)', wholeNumber(0))
    .option('--set <path=value>', 'a value to use from there on, such as method.apa_lambda=2', parseChange)
    .option('--stay', 'stop there instead of continuing')
    .option(...JSON_OPTION)
    .action(async (run: string, { step: wanted, set, stay = false, json }: RollbackFlags) => {
      const step = wanted ?? ('healthy' as const);
      const changes = set === undefined ? [] : [set];
      const answer = await withHost(shell, async (client) => {
        const plan = await client.runs.planRollback({ run, step });
        await client.runs.rollback({ run, step: plan.step, changes, goOn: !stay });
        return plan;
      });
      shell.print(json ? jsonLine(answer, 2) : `Rolled back to step ${answer.step}; discarded ${answer.steps} steps.`);
    });
  group
    .command('repair')
    .description('rebuild a damaged or lost run store from its backups and the run folders; nothing is removed')
    .option(...JSON_OPTION)
    .action(({ json }: JsonFlag) => {
      const repair = repairHome(shell.home, Date.now());
      shell.print(json ? jsonLine(repair, 2) : renderRepair(repair));
    });
  addStop(group, shell);
  addQuestion(group, shell, 'pause', 'pause at the next step', (client, run) => client.runs.pause({ run }));
  addQuestion(group, shell, 'unpause', 'continue after a pause', (client, run) => client.runs.unpause({ run }));
  addQuestion(group, shell, 'checkpoint', 'write a checkpoint now', (client, run) => client.runs.checkpoint({ run }));
};
