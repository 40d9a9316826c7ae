import type { BrowserWindow } from 'electron';
import type { DeskRun } from './desktop-protocol.ts';
import type { ElectronParts } from './electron-parts.ts';

export type Leaving = 'background' | 'stop' | 'stay';

const ANSWERS: readonly Leaving[] = ['background', 'stop', 'stay'];

/** Asks what becomes of runs that are under way; asks nothing when there are none. */
export async function askBeforeLeaving(
  dialog: Pick<ElectronParts['dialog'], 'showMessageBox'>,
  window: BrowserWindow,
  runs: readonly DeskRun[],
): Promise<Leaving> {
  if (runs.length === 0) return 'stop';
  const names = runs.map(({ name }) => name).join(', ');
  const { response } = await dialog.showMessageBox(window, {
    type: 'question',
    message: runs.length === 1 ? `${names} is under way.` : `${runs.length} runs are under way: ${names}.`,
    detail:
      'In the background they go on without the window; start Keel again to see them. Stopped with a checkpoint, they can go on later from where they are.',
    buttons: ['Continue in the background', 'Checkpoint and stop', 'Cancel'],
    defaultId: 0,
    cancelId: 2,
    noLink: true,
  });
  return ANSWERS[response] ?? 'stay';
}
