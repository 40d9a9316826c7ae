import type { BrowserWindow } from 'electron';
import type { DeskRun, FromHost } from './desktop-protocol.ts';
import type { ElectronParts } from './electron-parts.ts';

/** Shows active runs in the taskbar and in notifications, and keeps the system awake while they run. */
export interface ActivityDisplay {
  readonly runs: () => readonly DeskRun[];
  update(runs: readonly DeskRun[]): void;
  announce(news: News): void;
}

/** What to notify the user about while they use another window. */
type News = Extract<FromHost, { kind: 'ended' | 'held' }>;

type Parts = Pick<ElectronParts, 'Notification' | 'powerSaveBlocker'>;

const TITLES: Partial<Record<DeskRun['state'], string>> = {
  finished: 'finished',
  stopped: 'was stopped',
  failed: 'failed',
  interrupted: 'was interrupted',
};

function words(news: News): { readonly title: string; readonly body: string } {
  if (news.kind === 'held') return { title: `${news.name} is paused`, body: news.why };
  return { title: `${news.name} ${TITLES[news.state] ?? news.state}`, body: news.problem ?? '' };
}

function createBlocker(powerSaveBlocker: Parts['powerSaveBlocker']) {
  let id: number | null = null;
  return (isWanted: boolean) => {
    if (isWanted && id === null) id = powerSaveBlocker.start('prevent-app-suspension');
    if (!isWanted && id !== null) {
      powerSaveBlocker.stop(id);
      id = null;
    }
  };
}

/** The taskbar's progress bar: that of the working run, indeterminate if its progress is unknown, otherwise none. */
function drawProgress(window: BrowserWindow, runs: readonly DeskRun[]): void {
  const working = runs.find(({ state }) => state === 'running') ?? runs.find(({ state }) => state === 'paused');
  if (!working) window.setProgressBar(-1);
  else if (working.state === 'paused') window.setProgressBar(working.share ?? 0, { mode: 'paused' });
  else if (working.share === null) window.setProgressBar(2, { mode: 'indeterminate' });
  else window.setProgressBar(working.share);
}

/** @param window the current window, or null if there is none */
export function createActivityDisplay(
  { Notification, powerSaveBlocker }: Parts,
  window: () => BrowserWindow | null,
  onClick: () => void,
): ActivityDisplay {
  const stayAwake = createBlocker(powerSaveBlocker);
  let shown: readonly DeskRun[] = [];
  return {
    runs: () => shown,
    update(runs) {
      shown = runs;
      // A queued or paused run computes nothing, so the machine may sleep.
      stayAwake(runs.some(({ state }) => state === 'running'));
      const now = window();
      if (now) drawProgress(now, runs);
    },
    announce(news) {
      if (!Notification.isSupported() || window()?.isFocused()) return;
      const notification = new Notification(words(news));
      notification.on('click', onClick);
      notification.show();
    },
  };
}
