import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import type { DeskRun, FromHost, ToHost } from '../../src-main/desktop/desktop-protocol.ts';
import { menuTemplate } from '../../src-main/desktop/menu.ts';
import { startDesktop } from '../../src-main/desktop/start-desktop.ts';
import { pageCopy } from '../headless/headless-server.ts';
import { FakeContents, FakeNotification, FakeWindow, fakeElectron } from './stand-ins.ts';

/** The host's process: says what a test lets it say. */
class FakeHost extends EventEmitter {
  readonly received: ToHost[] = [];
  say(message: FromHost) {
    this.emit('said', message);
  }
}

async function started(options: Parameters<typeof fakeElectron>[0] = {}) {
  const electron = fakeElectron(options);
  const hosts: FakeHost[] = [];
  const startHost = () => {
    const host = new FakeHost();
    hosts.push(host);
    return {
      send: (message: ToHost) => void host.received.push(message),
      onMessage: (listener: (message: FromHost) => void) => void host.on('said', listener),
      onExit: (listener: (code: number | null) => void) => void host.on('exit', listener),
    };
  };
  const places = { node: 'node', hostEntry: 'host.ts', pageFolder: pageCopy(), preload: '/preload.cjs' };
  await startDesktop(electron.parts, { places, platform: 'linux', startHost });
  const window = FakeWindow.made[0];
  window?.emit('ready-to-show');
  return { ...electron, hosts, host: hosts[0]!, window: window! };
}

const run = (state: DeskRun['state'] = 'running', share: number | null = 0.25): DeskRun => ({
  id: '20260101-000000-a',
  name: 'a',
  state,
  share,
});
const activity = (...runs: DeskRun[]): FromHost => ({ kind: 'activity', runs });
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('what must be said before Electron is ready is said before; the window shows the page', async () => {
  const { told, window, handled } = await started();
  const scheme =
    'schemes [{"scheme":"keel","privileges":{"standard":true,"secure":true,"supportFetchAPI":true,"codeCache":true}}]';
  expect(told).toEqual(['crashReporter false', 'enableSandbox', scheme, 'whenReady', 'menu']);
  expect([...handled.keys()]).toEqual(['keel']);
  expect([window.webContents.loaded, window.isShown, window.options.backgroundColor]).toEqual([
    ['keel://app/'],
    true,
    '#1a1d20',
  ]);
});

test('a second start ends, and the first shows its window', async () => {
  const second = await started({ hasLock: false });
  expect([second.told, FakeWindow.made]).toEqual([['quit'], []]);
  const first = await started();
  first.window.hide();
  first.app.emit('second-instance');
  expect([first.window.isShown, first.window.isFront, FakeWindow.made.length]).toEqual([true, true, 1]);
});

test('every contents that is ever made is guarded', async () => {
  const { app } = await started();
  const contents = new FakeContents();
  app.emit('web-contents-created', {}, contents);
  expect(contents.openHandler?.({ url: 'https://evil.com' })).toEqual({ action: 'deny' });
  expect(contents.listenerCount('will-navigate')).toBe(1);
});

test('the machine stays awake while something computes, and no longer; the taskbar shows how far', async () => {
  const { host, blocked, window, app } = await started();
  const seen: number[] = [];
  for (const runs of [
    [run('queued', null)],
    [run()],
    [run('running', 0.5)],
    [run('paused', 0.5)],
    [run('running', null)],
    [],
  ]) {
    host.say(activity(...runs));
    seen.push(blocked.size);
  }
  expect(seen).toEqual([0, 1, 1, 0, 1, 0]);
  expect(window.progress).toEqual([
    [-1],
    [0.25],
    [0.5],
    [0.5, { mode: 'paused' }],
    [2, { mode: 'indeterminate' }],
    [-1],
  ]);
  host.say(activity(run()));
  app.emit('will-quit');
  expect(blocked.size).toBe(0);
  host.say(activity(run()));
  host.emit('exit', 1);
  expect(blocked.size).toBe(0);
});

test('the end of a run is told, unless the window is in front; a click shows it', async () => {
  const { host, window } = await started();
  host.say({ kind: 'ended', name: 'a', state: 'finished', problem: null });
  expect(FakeNotification.shown.map(({ options }) => options)).toEqual([{ title: 'a finished', body: '' }]);
  window.hide();
  FakeNotification.shown[0]?.emit('click');
  expect(window.isShown).toBe(true);
  host.say({ kind: 'ended', name: 'b', state: 'failed', problem: 'Out of memory.' });
  expect(FakeNotification.shown).toHaveLength(1);
});

test('a run that waits for a person is told', async () => {
  const { host } = await started();
  const before = FakeNotification.shown.length;
  host.say({ kind: 'held', name: 'a', why: 'The entropy is gone.' });
  expect(FakeNotification.shown.slice(before).map(({ options }) => options)).toEqual([
    { title: 'a is paused', body: 'The entropy is gone.' },
  ]);
});

test('closing without runs ends the host, and its end the app', async () => {
  const { host, window, told, dialogs } = await started();
  expect(window.closeByHand()).toBe(true);
  await settled();
  expect([dialogs, host.received]).toEqual([[], [{ kind: 'end' }]]);
  host.emit('exit', 0);
  expect(told.at(-1)).toBe('quit');
  expect(window.closeByHand()).toBe(false);
});

test.each([
  [0, 'in the background the window goes and the run stays', false, []],
  [1, 'stopped, the host ends with checkpoints', true, [{ kind: 'end' }]],
  [2, 'canceled, nothing happens', true, []],
])('closing during a run asks: %d, %s', async (answer, _, isShown, received) => {
  const { host, window, dialogs } = await started({ answer });
  host.say(activity(run()));
  expect(window.closeByHand()).toBe(true);
  await settled();
  expect(dialogs).toMatchObject([
    { buttons: ['Continue in the background', 'Checkpoint and stop', 'Cancel'], cancelId: 2 },
  ]);
  expect([window.isShown, host.received]).toEqual([isShown, received]);
});

test('quitting by the menu asks the same', async () => {
  const { app, host, dialogs } = await started({ answer: 1 });
  host.say(activity(run()));
  let prevented = 0;
  const quit = () => app.emit('before-quit', { preventDefault: () => (prevented += 1) });
  quit();
  await settled();
  expect([prevented, dialogs.length, host.received]).toEqual([1, 1, [{ kind: 'end' }]]);
  host.emit('exit', 0);
  quit();
  expect(prevented).toBe(1);
});

test('in the background the app ends when nothing is left to do, and not when it was shown again', async () => {
  const hidden = await started({ answer: 0 });
  hidden.host.say(activity(run()));
  hidden.window.closeByHand();
  await settled();
  hidden.host.say(activity());
  expect(hidden.host.received).toEqual([{ kind: 'end' }]);
  const shown = await started({ answer: 0 });
  shown.host.say(activity(run()));
  shown.window.closeByHand();
  await settled();
  shown.app.emit('activate');
  shown.host.say(activity());
  expect(shown.host.received).toEqual([]);
});

test('before the machine sleeps every run writes a checkpoint', async () => {
  const { host, powerMonitor } = await started();
  powerMonitor.emit('suspend');
  expect(host.received).toEqual([{ kind: 'checkpoint' }]);
});

test('a dialog of the system is opened for the page, and answers', async () => {
  const { host, dialogs } = await started();
  host.say({ kind: 'pick', id: 4, request: { what: 'files', title: 'Data', kinds: ['jsonl'], folder: '/data' } });
  await settled();
  expect(dialogs).toMatchObject([
    { title: 'Data', defaultPath: '/data', properties: ['openFile', 'multiSelections', 'dontAddToRecent'] },
  ]);
  expect(host.received).toEqual([{ kind: 'picked', id: 4, paths: ['/chosen/file'] }]);
});

test('a host that dies is started again, the page loads anew; three times in a row is the end', async () => {
  const { hosts, window, told } = await started();
  hosts[0]!.say({ kind: 'ready' });
  hosts[0]!.emit('exit', 1);
  expect([hosts.length, window.webContents.reloads]).toEqual([2, 1]);
  for (const index of [1, 2]) hosts[index]!.emit('exit', 1);
  hosts[3]?.emit('exit', 1);
  expect([hosts.length <= 4, told.at(-1)]).toEqual([true, 'quit']);
});

test('a host that cannot open its folder says why', async () => {
  const { host, dialogs } = await started();
  host.say({ kind: 'failed', error: { code: 'x', why: 'The store is newer.', fix: 'Update Keel.', kind: 'expected' } });
  expect(dialogs).toEqual([{ title: 'Keel cannot open its data folder', text: 'The store is newer.\n\nUpdate Keel.' }]);
});

test('a page whose process dies is loaded again; the third time in a minute a plain one', async () => {
  const { window } = await started();
  const { webContents } = window;
  webContents.emit('render-process-gone', {}, { reason: 'clean-exit' });
  for (let count = 0; count < 3; count += 1) webContents.emit('render-process-gone', {}, { reason: 'crashed' });
  expect(webContents.loaded).toEqual(['keel://app/', 'keel://app/', 'keel://app/', 'keel://app/crashed']);
});

test('the menu goes by roles, without developer tools in what is shipped', () => {
  expect(JSON.stringify(menuTemplate('linux', true))).not.toContain('toggleDevTools');
  expect(JSON.stringify(menuTemplate('linux', false))).toContain('toggleDevTools');
  expect(menuTemplate('darwin', true)[0]).toEqual({ role: 'appMenu' });
});
