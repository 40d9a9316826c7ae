import { readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createLogin } from '../../src-main/headless/login.ts';
import { openBrowser } from '../../src-main/headless/open-browser.ts';
import { temporaryHome } from '../runs/fake-host.ts';
import { closed, enter, openPage, serve, tokenOf } from './headless-server.ts';
import { request, sendRaw } from './raw-http.ts';

function place(clock = () => 0) {
  const login = createLogin(7420, clock);
  const cookieOf = (token: string | null) => {
    const entered = login.enter(token ?? '');
    return entered && 'cookie' in entered ? `${login.cookieName}=${entered.cookie}` : null;
  };
  return { login, cookieOf };
}

describe('the link', () => {
  test('is good for one use', () => {
    const { login, cookieOf } = place();
    const token = login.token;
    const cookie = cookieOf(token);
    expect([login.token, login.admits(cookie ?? ''), cookieOf(token), cookieOf('')]).toEqual([null, true, null, null]);
  });

  test('holds 256 bits and never repeats', () => {
    const { login } = place();
    const tokens = Array.from({ length: 200 }, () => login.renew());
    expect(new Set(tokens).size).toBe(200);
    expect(tokens.every((token) => Buffer.from(token, 'base64url').length === 32)).toBe(true);
  });

  test('another one leaves earlier cookies good, and an earlier link not', () => {
    const { login, cookieOf } = place();
    const first = cookieOf(login.token);
    const unused = login.renew();
    const second = cookieOf(login.renew());
    expect([cookieOf(unused), login.admits(first ?? ''), login.admits(second ?? '')]).toEqual([null, true, true]);
  });

  test('rotation ends every cookie', () => {
    const { login, cookieOf } = place();
    const cookie = cookieOf(login.token) ?? '';
    const token = login.rotate();
    expect([login.admits(cookie), login.admits(cookieOf(token) ?? '')]).toEqual([false, true]);
  });

  test('after a few wrong ones everybody waits, twice as long each time, by a clock that cannot be set', () => {
    let now = 0;
    const { login } = place(() => now);
    const waits: number[] = [];
    for (let attempt = 0; attempt < 12; attempt += 1) {
      while (true) {
        const entered = login.enter('wrong');
        if (entered === null) break;
        const wait = 'waitSeconds' in entered ? entered.waitSeconds : 0;
        waits.push(wait);
        now += wait * 1000;
      }
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(login.enter(login.token ?? '')).toEqual({ waitSeconds: 60 });
    now += 60_000;
    expect(login.enter(login.token ?? '')).toHaveProperty('cookie');
  });

  test.each(['', 'keel-7420', 'keel-7420=', 'keel-742=X', 'other=X', 'xkeel-7420=X', `keel-7420=${'a'.repeat(9000)}`])(
    'the cookie header "%.30s" opens nothing',
    (header) => {
      const { login, cookieOf } = place();
      const value = cookieOf(login.token)?.split('=')[1] ?? '';
      expect(login.admits(header.replace('X', value))).toBe(false);
      expect(login.admits(`a=b; keel-7420=${value}; c=d`)).toBe(true);
    },
  );
});

describe('over the wire', () => {
  test('the token becomes a strict cookie of this port and leaves the address', async () => {
    const served = await serve();
    const token = tokenOf(served.server.link());
    const lines = [['Host', served.host]] as const;
    const { status, headers, text } = await sendRaw(served.port, request(`/enter?token=${token}`, lines));
    expect([status, headers.location]).toEqual([303, '/']);
    expect(headers['set-cookie']).toMatch(
      new RegExp(`^keel-${served.port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`),
    );
    expect([headers['referrer-policy'], headers['cache-control']]).toEqual(['no-referrer', 'no-store']);
    expect(text).not.toContain(token);
    expect((await sendRaw(served.port, request(`/enter?token=${token}`, lines))).status).toBe(403);
  });

  test('a link that a file or a chat opened is sent on by the page itself, and only to the page', async () => {
    const served = await serve();
    const opened = [
      ['Host', served.host],
      ['Sec-Fetch-Site', 'cross-site'],
      ['Sec-Fetch-Mode', 'navigate'],
      ['Sec-Fetch-Dest', 'document'],
    ] as const;
    const target = `/enter?token=${tokenOf(served.server.link())}&next=https://evil.com/&url=//evil.com`;
    const { status, body, headers } = await sendRaw(served.port, request(target, opened));
    expect([status, headers['set-cookie']?.startsWith(`keel-${served.port}=`)]).toEqual([200, true]);
    expect(body).toContain('content="0; url=/"');
    expect(body).not.toContain('evil');
  });

  test('the login is no way in for a picture, a frame or a script of another site', async () => {
    const served = await serve();
    const target = `/enter?token=${tokenOf(served.server.link())}`;
    for (const [mode, dest] of [
      ['no-cors', 'image'],
      ['navigate', 'iframe'],
      ['cors', 'empty'],
    ] as const) {
      const lines = [
        ['Host', served.host],
        ['Sec-Fetch-Site', 'cross-site'],
        ['Sec-Fetch-Mode', mode],
        ['Sec-Fetch-Dest', dest],
      ] as const;
      expect((await sendRaw(served.port, request(target, lines))).status).toBe(403);
    }
    expect(served.server.link()).not.toBeNull();
  });

  test('wrong tokens end in 429 with the time to wait', async () => {
    const served = await serve();
    const attempt = () => sendRaw(served.port, request('/enter?token=wrong', [['Host', served.host]]));
    const answers = [];
    for (let count = 0; count < 5; count += 1) answers.push(await attempt());
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 429]);
    expect(answers.at(-1)?.headers['retry-after']).toBe('1');
  });

  test('rotation ends cookies and sockets', async () => {
    const served = await serve();
    const cookie = await enter(served);
    const page = await openPage(served, cookie);
    const gone = closed(page);
    served.server.rotate();
    await gone;
    const lines = [
      ['Host', served.host],
      ['Cookie', cookie],
    ] as const;
    expect((await sendRaw(served.port, request('/', lines))).status).toBe(403);
    await expect(openPage(served, cookie)).rejects.toThrow('403');
  });

  test('no token and no cookie is in any file of the data folder', async () => {
    const served = await serve({ steps: 1 });
    const token = tokenOf(served.server.link());
    const cookie = await enter(served);
    await openPage(served, cookie);
    await sendRaw(served.port, request('/enter?token=wrong', [['Host', served.host]]));
    await served.close();
    const files = readdirSync(served.home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      const bytes = readFileSync(join(file.parentPath, file.name));
      for (const word of [token, cookie.split('=')[1]!])
        expect([file.name, bytes.includes(word)]).toEqual([file.name, false]);
    }
  });
});

describe('opening the browser', () => {
  const link = 'http://127.0.0.1:7420/enter?token=secret';

  test('without a screen or without a browser it says so and fails nothing', async () => {
    const home = temporaryHome();
    expect(await openBrowser({ link, home, environment: {}, platform: 'linux' })).toBe(false);
    expect(readdirSync(home)).toEqual([]);
    const environment = { DISPLAY: ':0', PATH: home };
    expect(await openBrowser({ link, home, environment, platform: 'linux' })).toBe(false);
  });

  test('the link goes by a file that only its owner can read, not by the arguments of a program', async () => {
    const home = temporaryHome();
    // Stands for the browser's opener: it is there, and it ends at once.
    symlinkSync('/bin/true', join(home, 'xdg-open'));
    expect(await openBrowser({ link, home, environment: { DISPLAY: ':0', PATH: home }, platform: 'linux' })).toBe(true);
    const [name] = readdirSync(home).filter((file) => file.endsWith('.html'));
    expect(statSync(join(home, name!)).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(home, name!), 'utf8')).toContain(link);
  });
});
