import type { Command } from 'commander';
import type { BackupResult, OpenedBackup, Removal, TrashEntry } from '#contract/api/run-archive.ts';
import { formatBytes } from '#contract/format.ts';
import { JSON_OPTION } from '../command-context.ts';
import { columns, jsonLine } from '../output.ts';
import type { Shell } from '../shell.ts';
import { streamJob } from '../stream-job.ts';
import { withHost } from '../with-host.ts';

interface JsonFlag {
  readonly json?: boolean;
}

const RUN = ['<run>', 'run id, an unambiguous part of one, or latest'] as const;

function removalText({ removed, bytes, isRestorable }: Removal): string {
  if (removed.length === 0) return 'The trash is empty.';
  if (!isRestorable) return `Permanently deleted ${removed.join(', ')}; ${formatBytes(bytes)} were freed.`;
  const restore = `Restore it within 30 days with: keel runs restore ${removed[0]}`;
  return `Moved ${removed.join(', ')} (${formatBytes(bytes)}) to the trash.\n${restore}`;
}

function trashText(entries: readonly TrashEntry[]): string {
  if (entries.length === 0) return 'The trash is empty.';
  const day = (at: number) => new Date(at).toISOString().slice(0, 10);
  const rows = entries.map(({ run, bytes, removedAt, purgeAt }) => [
    run.id,
    formatBytes(bytes),
    day(removedAt),
    day(purgeAt),
  ]);
  return columns([['RUN', 'SIZE', 'DELETED', 'KEPT UNTIL'], ...rows]);
}

function backupText({ folder, runs, bytes, damaged }: BackupResult): string {
  const head = `Wrote ${runs.length === 1 ? 'the run' : `${runs.length} runs`}, ${formatBytes(bytes)}, to ${folder}`;
  return [head, ...damaged.map((why) => `warning: ${why}`)].join('\n');
}

function openedText({ run, opened, known, absent }: OpenedBackup): string {
  const added = opened.map(({ from, to }) => (from === to ? to : `${to} (${from} in the backup)`));
  const lines = [
    `Added ${added.join(', ')}.`,
    ...(known.length > 0 ? [`Already here: ${known.join(', ')}.`] : []),
    ...absent.map(({ role, path, reason }) => `warning: ${role} ${path} is ${reason} on this machine`),
  ];
  if (absent.length > 0) lines.push('Put the data there before resuming, or open the backup again with --base-folder.');
  return [...lines, `Show it with: keel runs show ${run}`].join('\n');
}

function addTrash(group: Command, shell: Shell): void {
  group
    .command('delete')
    .description('move a run and its folder to the trash, including the stages of a pipeline')
    .argument(...RUN)
    .option('--force', 'even if another run was built on it')
    .option('--now', 'delete permanently instead of moving to the trash')
    .option(...JSON_OPTION)
    .action(async (run: string, flags: JsonFlag & { force?: boolean; now?: boolean }) => {
      const { force = false, now = false, json } = flags;
      const answer = await withHost(shell, (client) => client.runs.remove({ run, force, now }));
      shell.print(json ? jsonLine(answer, 2) : removalText(answer));
    });
  group
    .command('restore')
    .description('restore a deleted run from the trash')
    .argument(...RUN)
    .option(...JSON_OPTION)
    .action(async (run: string, { json }: JsonFlag) => {
      const answer = await withHost(shell, (client) => client.runs.restore({ run }));
      shell.print(json ? jsonLine(answer, 2) : `Restored ${answer.id}.`);
    });
  group
    .command('trash')
    .description('list the deleted runs that can be restored')
    .option('--empty', 'delete them permanently')
    .option(...JSON_OPTION)
    .action(async ({ empty, json }: JsonFlag & { empty?: boolean }) => {
      const [answer, text] = await withHost(shell, async (client) => {
        if (!empty) return await client.trash.list().then((entries) => [entries, trashText(entries)] as const);
        return await client.trash.empty().then((removal) => [removal, removalText(removal)] as const);
      });
      shell.print(json ? jsonLine(answer, 2) : text);
    });
}

/** `keel runs delete`, `restore`, `trash`, `backup`, and `open`. */
export function addKeeping(group: Command, shell: Shell): void {
  addTrash(group, shell);
  group
    .command('backup')
    .description('write a run to a single folder that another machine can open and resume')
    .argument(...RUN)
    .requiredOption('--out <name.keelrun>', 'folder to write')
    .option(...JSON_OPTION)
    .action(async (run: string, { out, json }: JsonFlag & { out: string }) => {
      const result = await withHost(shell, (client) => {
        return streamJob(shell, (signal) => client.runs.backup({ run, folder: shell.folder, out }, { signal }));
      });
      shell.print(json ? jsonLine(result, 2) : backupText(result as BackupResult));
    });
  group
    .command('open')
    .description('add the runs of a backup to this data folder')
    .argument('<name.keelrun>', 'folder written by `keel runs backup`')
    .option('--base-folder <dir>', 'folder that relative paths in the config refer to')
    .option(...JSON_OPTION)
    .action(async (file: string, { baseFolder, json }: JsonFlag & { baseFolder?: string }) => {
      const request = { folder: shell.folder, file, baseFolder: baseFolder ?? null };
      const result = await withHost(shell, (client) => {
        return streamJob(shell, (signal) => client.runs.open(request, { signal }));
      });
      shell.print(json ? jsonLine(result, 2) : openedText(result as OpenedBackup));
    });
}
