import type { BrowserWindow } from 'electron';
import type { DeskRun } from './desktop-protocol.ts';
import type { ElectronParts } from './electron-parts.ts';

export type Leaving = 'background' | 'stop' | 'stay';

const ANSWERS: readonly Leaving[] = ['background', 'stop', 'stay'];

/** Asks what to do with active runs before quitting; does not ask if there are none. */
export async function askBeforeLeaving(
  dialog: Pick<ElectronParts['dialog'], 'showMessageBox'>,
  window: BrowserWindow,
  runs: readonly DeskRun[],
): Promise<Leaving> {
  if (runs.length === 0) return 'stop';
  const names = runs.map(({ name }) => name).join(', ');
  const { response } = await dialog.showMessageBox(window, {
    type: 'question',
    message: runs.length === 1 ? `${names} is still running.` : `${runs.length} runs are still running: ${names}.`,
    detail:
      'If you continue in the background, runs keep going without the window; start Keel again to see them. ' +
      'If you stop with a checkpoint, you can resume them later from the current step.',
    buttons: ['Continue in the background', 'Checkpoint and stop', 'Cancel'],
    defaultId: 0,
    cancelId: 2,
    noLink: true,
  });
  return ANSWERS[response] ?? 'stay';
}
