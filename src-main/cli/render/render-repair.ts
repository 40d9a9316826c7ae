import { counted } from '#contract/format.ts';
import type { Repair } from '../../runs/backup/repair-home.ts';

function beginning({ fault, asideFolder, restoredFrom }: Repair): readonly string[] {
  if (fault === null) return ['The run store is intact.'];
  const state =
    asideFolder === null ? 'The run store was missing.' : `The damaged run store was moved to ${asideFolder}.`;
  return [
    state,
    restoredFrom === null ? 'There was no intact backup.' : `It was replaced with the backup ${restoredFrom}.`,
  ];
}

/** Renders the result of a repair for a terminal: what was found, the source of each run, and what was skipped. */
export function renderRepair(repair: Repair): string {
  const { merged, rebuiltRuns, skipped, withoutFolder } = repair;
  return [
    ...beginning(repair),
    ...merged.map(({ backup, runs }) => `Restored ${counted(runs.length, 'run')} from ${backup}: ${runs.join(', ')}`),
    ...(rebuiltRuns.length > 0
      ? [`Restored ${counted(rebuiltRuns.length, 'run')} from run folders, without metrics: ${rebuiltRuns.join(', ')}`]
      : []),
    ...(withoutFolder.length > 0 ? [`warning: no folder was found for ${withoutFolder.join(', ')}`] : []),
    ...skipped.map(({ folder, why }) => `warning: skipped ${folder}: ${why}`),
  ].join('\n');
}
