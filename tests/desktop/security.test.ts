import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { ToHost } from '../../src-main/desktop/desktop-protocol.ts';
import { isPageAddress } from '../../src-main/desktop/page-address.ts';
import { CHANNELS, isOurPage, transferPagePorts } from '../../src-main/desktop/page-ports.ts';
import { createPageAnswer } from '../../src-main/desktop/serve-page.ts';
import { guardContents, guardSession, mayOpenOutside } from '../../src-main/desktop/web-contents-guard.ts';
import { windowOptions } from '../../src-main/desktop/window-options.ts';
import { pageCopy } from '../headless/headless-server.ts';
import { FakeContents, type FakePort, fakeElectron, fakeSession } from './stand-ins.ts';

const DESKTOP = fileURLToPath(new URL('../../src-main/desktop', import.meta.url));
const sources = readdirSync(DESKTOP, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, text: readFileSync(join(DESKTOP, path), 'utf8') }));

test('the window keeps everything of Node away from the page', () => {
  const { webPreferences } = windowOptions({ preload: '/p.cjs', isDark: true, isPackaged: true });
  expect(webPreferences).toEqual({
    preload: '/p.cjs',
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    safeDialogs: true,
    spellcheck: false,
    devTools: false,
  });
  expect(windowOptions({ preload: '/p.cjs', isDark: false, isPackaged: false }).webPreferences?.devTools).toBe(true);
});

test.each([
  ['keel://app/', true],
  ['keel://app/runs/x?y#z', true],
  ['keel://app.evil/', false],
  ['keel://evil/', false],
  ['keel://app:80/', false],
  ['keel://u@app/', false],
  ['https://app/', false],
  ['file:///etc/passwd', false],
  ['javascript:alert(1)', false],
  ['', false],
])('%s is the page: %s', (address, expected) => expect(isPageAddress(address)).toBe(expected));

test.each([
  ['https://arxiv.org/abs/2306.02231', true],
  ['https://github.com/x', true],
  ['http://arxiv.org/', false],
  ['https://arxiv.org.evil.com/', false],
  ['https://arxiv.org:8443/', false],
  ['https://user@arxiv.org/', false],
  ['file:///etc/passwd', false],
  ['smb://host/share', false],
  ['ms-msdt:/id', false],
  ['\\\\server\\share', false],
])('%s may be opened in the browser: %s', (address, expected) => expect(mayOpenOutside(address)).toBe(expected));

describe('a page stays where it is', () => {
  function guarded() {
    const contents = new FakeContents();
    const opened: string[] = [];
    guardContents(contents as never, { openExternal: async (url) => void opened.push(url) });
    const isStopped = (event: string, details: object) => {
      let stopped = false;
      contents.emit(event, { ...details, preventDefault: () => (stopped = true) });
      return stopped;
    };
    return { contents, opened, isStopped };
  }

  test.each(['will-navigate', 'will-redirect'])('%s', (event) => {
    const { isStopped } = guarded();
    expect([isStopped(event, { url: 'https://evil.com' }), isStopped(event, { url: 'file:///x' })]).toEqual([
      true,
      true,
    ]);
    expect(isStopped(event, { url: 'keel://app/runs' })).toBe(false);
  });

  test('frames load nothing, webviews are not made, windows are not opened', () => {
    const { contents, opened, isStopped } = guarded();
    expect(isStopped('will-frame-navigate', { url: 'keel://app/', isMainFrame: false })).toBe(true);
    expect(isStopped('will-frame-navigate', { url: 'keel://app/', isMainFrame: true })).toBe(false);
    expect(isStopped('will-attach-webview', {})).toBe(true);
    for (const url of ['https://evil.com', 'keel://app/', 'file:///etc/passwd', 'https://arxiv.org/abs/1'])
      expect(contents.openHandler?.({ url })).toEqual({ action: 'deny' });
    expect(opened).toEqual(['https://arxiv.org/abs/1']);
  });
});

test('every permission is denied but writing to the clipboard, and nothing is fetched but the page', () => {
  const session = fakeSession();
  guardSession(session as never);
  const all = [
    'media',
    'geolocation',
    'notifications',
    'midi',
    'pointerLock',
    'fullscreen',
    'openExternal',
    'clipboard-read',
    'fileSystem',
    'hid',
    'serial',
    'usb',
    'display-capture',
  ];
  for (const permission of all) {
    session.set.request?.(null, permission, (isAllowed) =>
      expect([permission, isAllowed]).toEqual([permission, false]),
    );
    expect(session.set.check?.(null, permission)).toBe(false);
  }
  expect([
    session.set.check?.(null, 'clipboard-sanitized-write'),
    session.set.device?.(),
    session.set.spelling,
  ]).toEqual([true, false, false]);
  const isCanceled = (url: string) => {
    let canceled = false;
    session.set.before?.({ url }, (answer) => (canceled = answer.cancel));
    return canceled;
  };
  expect(['keel://app/x.js', 'blob:keel://app/1', 'devtools://x'].map(isCanceled)).toEqual([false, false, false]);
  expect(
    ['https://evil.com/', 'http://127.0.0.1/', 'file:///etc/passwd', 'ws://x/', 'data:text/html,x', 'ftp://x', ''].map(
      isCanceled,
    ),
  ).not.toContain(false);
});

test('the page’s scheme gives files of the page with its headers, and nothing else', async () => {
  const answer = createPageAnswer(pageCopy());
  const ask = (url: string, method = 'GET') => answer({ url, method } as Request);
  const page = await ask('keel://app/runs/1');
  expect([page.status, page.headers.get('content-type'), (await page.text()).includes('<title>Keel</title>')]).toEqual([
    200,
    'text/html; charset=utf-8',
    true,
  ]);
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'self'; base-uri 'none'/);
  expect((await ask('keel://app/assets/index-Ab3_9xYz.js')).headers.get('content-type')).toMatch(/^text\/javascript/);
  const statuses = ['keel://other/', 'keel://app/../x.json', 'keel://app/%2e%2e/x.json', 'keel://app/nothing.js'].map(
    async (url) => (await ask(url)).status,
  );
  expect(await Promise.all(statuses)).toEqual([403, 404, 404, 404]);
  expect((await ask('keel://app/', 'POST')).status).toBe(403);
  expect(await (await ask('keel://app/crashed')).text()).not.toContain('<script');
});

describe('the hand-over of a port', () => {
  function desk() {
    const { parts, ipcMain } = fakeElectron();
    const sent: ToHost[] = [];
    const ports = transferPagePorts(parts, (message) => void sent.push(message));
    const sender = new FakeContents();
    return { ipcMain, sent, ports, sender };
  }

  test.each<[string, (sender: FakeContents) => unknown]>([
    ['a frame', () => ({ url: 'keel://app/' })],
    ['a page that has gone elsewhere', (sender) => Object.assign(sender.mainFrame, { url: 'https://evil.com/' })],
    ['a frame that is gone', () => null],
  ])('is not for %s', (_, frameOf) => {
    const { ipcMain, sent, sender } = desk();
    const event = { sender, senderFrame: frameOf(sender), returnValue: 0 };
    expect(isOurPage(event as never)).toBe(false);
    ipcMain.emit(CHANNELS.open, event);
    ipcMain.emit(CHANNELS.dropped, event, '/etc/passwd');
    expect([sent, sender.posted, event.returnValue]).toEqual([[], [], null]);
  });

  test('gives the page one end and passes on what it says, and what it is told', () => {
    const { ipcMain, sent, ports, sender } = desk();
    const event = { sender, senderFrame: sender.mainFrame, returnValue: 0 };
    ipcMain.emit(CHANNELS.open, event);
    expect(sender.posted).toMatchObject([{ channel: CHANNELS.port }]);
    const far = sender.posted[0]!.ports[0] as FakePort;
    expect(far.received).toEqual([]);
    ipcMain.emit(CHANNELS.dropped, event, '/data/x.jsonl');
    expect(sent).toEqual([
      { kind: 'open', page: 1 },
      { kind: 'grant', path: '/data/x.jsonl' },
    ]);
    ports.deliver({ kind: 'message', page: 7, data: 'nobody' });
  });

  test.each(
    [null, 5, { a: 1 }, [], 'x'.repeat(17 * 2 ** 20), new ArrayBuffer(17 * 2 ** 20)].map((message) => [message]),
  )('ends with a message that is none', (message) => {
    const { parts, ipcMain } = fakeElectron();
    const sent: ToHost[] = [];
    const made: FakePort[] = [];
    class Channel {
      readonly port1 = makePort();
      readonly port2 = makePort();
    }
    function makePort() {
      const { port1 } = new (parts.MessageChannelMain as unknown as new () => { port1: FakePort })();
      made.push(port1);
      return port1;
    }
    transferPagePorts({ ...parts, MessageChannelMain: Channel as never }, (message) => void sent.push(message));
    const sender = new FakeContents();
    ipcMain.emit(CHANNELS.open, { sender, senderFrame: sender.mainFrame });
    made[0]?.emit('message', { data: 'good' });
    made[0]?.emit('message', { data: message });
    expect(made[0]?.isClosed).toBe(true);
    expect(sent).toEqual([
      { kind: 'open', page: 1 },
      { kind: 'message', page: 1, data: 'good' },
      { kind: 'close', page: 1 },
    ]);
  });

  test('a dropped path is a text of sensible length', () => {
    const { ipcMain, sent, sender } = desk();
    for (const path of ['', 5, null, 'x'.repeat(5000), ['/etc']]) {
      ipcMain.emit(CHANNELS.dropped, { sender, senderFrame: sender.mainFrame }, path);
    }
    expect(sent).toEqual([]);
  });
});

describe('the sources', () => {
  const preload = sources.find(({ path }) => path === 'preload.ts')!.text;

  test('Electron is loaded in two files only; its types stand anywhere', () => {
    const loading = sources.filter(({ text }) => /^import (?!type\b).*from 'electron'|^\} from 'electron'/m.test(text));
    expect(loading.map(({ path }) => path).toSorted()).toEqual(['main.ts', 'preload.ts']);
  });

  test('the preload is short, names the channels of the main process, and hands over two functions', () => {
    expect(preload.split('\n').length).toBeLessThanOrEqual(40);
    for (const channel of Object.values(CHANNELS)) expect(preload).toContain(`'${channel}'`);
    expect([...preload.matchAll(/^ {2}(\w+): \(/gm)].map(([, name]) => name)).toEqual(['openPort', 'pathForFile']);
    expect(preload.match(/ipcRenderer\.\w+/g)).toEqual(['ipcRenderer.send', 'ipcRenderer.sendSync', 'ipcRenderer.on']);
  });

  test('no handler answers pages by name, nothing is evaluated, nothing remote is used', () => {
    const all = sources.map(({ text }) => text).join('\n');
    expect(all).not.toMatch(
      /ipcMain\.handle|executeJavaScript|enableRemoteModule|@electron\/remote|disable-web-security|\beval\(|new Function|loadFile\(|commandLine/,
    );
  });

  test('each of the twenty items of the checklist has what is done and what holds it', () => {
    const checklist = readFileSync(join(DESKTOP, '../../docs/electron-checklist.md'), 'utf8');
    const rows = [...checklist.matchAll(/^\| (\d+) \| ([^|]{10,}) \| ([^|]{5,}) \| ([^|]{5,}) \|$/gm)];
    expect(rows.map(([, number]) => Number(number))).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });
});
