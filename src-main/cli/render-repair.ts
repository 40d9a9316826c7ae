import type { Repair } from '../runs/backup/repair-home.ts';

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

function beginning({ fault, asideFolder, restoredFrom }: Repair): readonly string[] {
  if (fault === null) return ['The run store is sound.'];
  const state =
    asideFolder === null ? 'The run store was missing.' : `The damaged run store now lies in ${asideFolder}.`;
  return [state, restoredFrom === null ? 'There was no sound backup.' : `The backup ${restoredFrom} took its place.`];
}

/** What a repair did, for a terminal: what was found, where each run came from, and what could not be used. */
export function renderRepair(repair: Repair): string {
  const { merged, rebuiltRuns, skipped, withoutFolder } = repair;
  return [
    ...beginning(repair),
    ...merged.map(({ backup, runs }) => `${counted(runs.length, 'run')} came from ${backup}: ${runs.join(', ')}`),
    ...(rebuiltRuns.length > 0
      ? [`${counted(rebuiltRuns.length, 'run')} came from the folder alone, without metrics: ${rebuiltRuns.join(', ')}`]
      : []),
    ...(withoutFolder.length > 0 ? [`warning: the folder is gone of ${withoutFolder.join(', ')}`] : []),
    ...skipped.map(({ folder, why }) => `warning: skipped ${folder}: ${why}`),
  ].join('\n');
}
