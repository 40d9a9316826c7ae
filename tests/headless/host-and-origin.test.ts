import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { addressesOf, isLoopback } from '../../src-main/headless/addresses.ts';
import { enter, type Served, serve, tokenOf } from './headless-server.ts';
import { type Lines, request, sendRaw, upgrade } from './raw-http.ts';

/** What an attacker who has everything but the address right would get. */
const KINDS = ['/', '/assets/index-Ab3_9xYz.js', '/enter?token=T', '/rpc', '/nowhere.js'];

async function everywhere(served: Served, lines: (host: string) => Lines, version = '1.1') {
  const Cookie = await enter(served);
  const token = tokenOf(served.server.renew());
  const all: Lines = [...lines(served.host), ['Cookie', Cookie]];
  const targets = KINDS.map((target) => request(target.replace('=T', `=${token}`), all, { version }));
  const opened = upgrade('/rpc', [...all, ['Origin', served.origin]]).replace('HTTP/1.1', `HTTP/${version}`);
  const answers = await Promise.all([...targets, opened].map((text) => sendRaw(served.port, text)));
  return { answers, token };
}

describe('whom a request calls', () => {
  test('the exact address is let in, everywhere', async () => {
    const served = await serve();
    const { answers } = await everywhere(served, (host) => [['Host', host]]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 303, 426, 404, 101]);
    const byName = await sendRaw(
      served.port,
      request('/', [
        ['Host', `localhost:${served.port}`],
        ['Cookie', await enter(served)],
      ]),
    );
    expect(byName.status).toBe(200);
  });

  test.each<[string, (host: string) => Lines, string?]>([
    ['another site that leads here', (host) => [['Host', host.replace('127.0.0.1', 'evil.com')]]],
    ['a site that begins like this one', (host) => [['Host', host.replace('127.0.0.1', '127.0.0.1.evil.com')]]],
    ['no Host', () => []],
    ['an empty Host', () => [['Host', '']]],
    [
      'two of them',
      (host) => [
        ['Host', host],
        ['Host', host],
      ],
    ],
    [
      'a second, false one',
      (host) => [
        ['Host', host],
        ['Host', 'evil.com'],
      ],
    ],
    ['a dot at the end', (host) => [['Host', host.replace(':', '.:')]]],
    ['the address in IPv6', (host) => [['Host', host.replace('127.0.0.1', '[::ffff:127.0.0.1]')]]],
    ['IPv6’s own loopback, which is not served', (host) => [['Host', host.replace('127.0.0.1', '[::1]')]]],
    ['any address', (host) => [['Host', host.replace('127.0.0.1', '0.0.0.0')]]],
    ['another spelling of the number', (host) => [['Host', host.replace('127.0.0.1', '2130706433')]]],
    ['another address of the loopback', (host) => [['Host', host.replace('127.0.0.1', '127.0.0.2')]]],
    ['no port', () => [['Host', '127.0.0.1']]],
    ['another port', () => [['Host', '127.0.0.1:1']]],
    ['a name before the address', (host) => [['Host', `keel@${host}`]]],
    [
      'a proxy’s word for it',
      (host) => [
        ['Host', host],
        ['X-Forwarded-Host', host],
      ],
    ],
    [
      'a proxy’s newer word',
      (host) => [
        ['Host', host],
        ['Forwarded', `host=${host}`],
      ],
    ],
    ['HTTP/1.0', (host) => [['Host', host]], '1.0'],
  ])('%s: 403 for files, api, login and upgrade, and the link stays good', async (_, lines, version) => {
    const served = await serve();
    const { answers, token } = await everywhere(served, lines, version);
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403]);
    expect(tokenOf(served.server.link())).toBe(token);
    for (const { text } of answers) expect(text).not.toMatch(/set-cookie|<title>|at file:|\/work\/|node:/i);
  });

  test('a target with an address of its own is refused', async () => {
    const served = await serve();
    const lines: Lines = [
      ['Host', served.host],
      ['Cookie', await enter(served)],
    ];
    for (const target of [`http://${served.host}/`, 'http://evil.com/', '//evil.com/', '*']) {
      const { status } = await sendRaw(served.port, request(target, lines));
      expect([target, status]).toEqual([target, 400]);
    }
  });

  test('the names of an address are exact, and a wide one is no loopback', () => {
    expect([...addressesOf('127.0.0.1', 7420).hosts]).toEqual(['127.0.0.1:7420', 'localhost:7420']);
    expect(addressesOf('::1', 80)).toMatchObject({ origin: 'http://[::1]' });
    expect([...addressesOf('GPU.lan', 7420).hosts]).toEqual(['gpu.lan:7420']);
    const wide = [...addressesOf('0.0.0.0', 7420).hosts];
    expect(wide).toContain('127.0.0.1:7420');
    expect(wide).not.toContain('0.0.0.0:7420');
    expect(['127.0.0.1', 'localhost', '::1', '0.0.0.0', '192.168.1.2', '127.0.0.1.evil.com'].map(isLoopback)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('who has sent it', () => {
  test.each<[string, Lines, string, number]>([
    [
      'a form of another site',
      [
        ['Origin', 'https://evil.com'],
        ['Content-Type', 'text/plain'],
      ],
      'POST',
      403,
    ],
    [
      'a page without an origin',
      [
        ['Origin', 'null'],
        ['Content-Type', 'text/plain'],
      ],
      'POST',
      403,
    ],
    ['a POST that says nothing of itself', [['Content-Type', 'application/json']], 'POST', 403],
    [
      'the page’s own POST, which nothing answers',
      [
        ['Origin', 'OWN'],
        ['Content-Type', 'application/json'],
      ],
      'POST',
      405,
    ],
    [
      'a question before a foreign call',
      [
        ['Origin', 'https://evil.com'],
        ['Access-Control-Request-Method', 'POST'],
      ],
      'OPTIONS',
      403,
    ],
    [
      'a script element of another site',
      [
        ['Sec-Fetch-Site', 'cross-site'],
        ['Sec-Fetch-Dest', 'script'],
      ],
      'GET',
      403,
    ],
    [
      'another port of this machine',
      [
        ['Sec-Fetch-Site', 'same-site'],
        ['Sec-Fetch-Mode', 'cors'],
      ],
      'GET',
      403,
    ],
    [
      'a frame in another site',
      [
        ['Sec-Fetch-Site', 'cross-site'],
        ['Sec-Fetch-Dest', 'iframe'],
        ['Sec-Fetch-Mode', 'navigate'],
      ],
      'GET',
      403,
    ],
    ['a GET of another origin', [['Origin', 'http://127.0.0.1:1']], 'GET', 403],
    [
      'an address that a person typed',
      [
        ['Sec-Fetch-Site', 'none'],
        ['Sec-Fetch-Mode', 'navigate'],
      ],
      'GET',
      200,
    ],
    [
      'the page itself',
      [
        ['Sec-Fetch-Site', 'same-origin'],
        ['Origin', 'OWN'],
      ],
      'GET',
      200,
    ],
  ])('%s', async (_, lines, method, expected) => {
    const served = await serve();
    const own = lines.map(([name, value]) => [name, value === 'OWN' ? served.origin : value] as const);
    const all: Lines = [['Host', served.host], ['Cookie', await enter(served)], ...own];
    const answer = await sendRaw(served.port, request('/', all, { method, body: method === 'POST' ? '{"a":1}' : '' }));
    expect(answer.status).toBe(expected);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test('an answer can be framed, sniffed and shared by nobody, and says so', async () => {
    const served = await serve();
    const { headers } = await sendRaw(
      served.port,
      request('/', [
        ['Host', served.host],
        ['Cookie', await enter(served)],
      ]),
    );
    expect(headers).toMatchObject({
      'content-security-policy': expect.stringMatching(/^default-src 'self'; .*frame-ancestors 'none'/),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|http:/);
    expect(headers['content-security-policy']).toMatch(/base-uri 'none'; form-action 'none'/);
  });

  test.each<[string, Lines | ((served: Served, cookie: string) => Lines), string?]>([
    ['no Origin', (_, cookie) => [['Cookie', cookie]]],
    [
      'a foreign Origin',
      (_, cookie) => [
        ['Cookie', cookie],
        ['Origin', 'https://evil.com'],
      ],
    ],
    [
      'another port’s Origin',
      (_, cookie) => [
        ['Cookie', cookie],
        ['Origin', 'http://127.0.0.1:1'],
      ],
    ],
    [
      'an Origin of https',
      (served, cookie) => [
        ['Cookie', cookie],
        ['Origin', served.origin.replace('http', 'https')],
      ],
    ],
    [
      'two Origins',
      (served, cookie) => [
        ['Cookie', cookie],
        ['Origin', served.origin],
        ['Origin', 'https://evil.com'],
      ],
    ],
    ['no cookie', (served) => [['Origin', served.origin]]],
    [
      'a false cookie',
      (served, cookie) => [
        ['Origin', served.origin],
        ['Cookie', `${cookie.slice(0, -2)}AA`],
      ],
    ],
    [
      'the cookie of another port',
      (served, cookie) => [
        ['Origin', served.origin],
        ['Cookie', cookie.replace(/^keel-\d+/, 'keel-1')],
      ],
    ],
    [
      'another site’s wish',
      (served, cookie) => [
        ['Origin', served.origin],
        ['Cookie', cookie],
        ['Sec-Fetch-Site', 'cross-site'],
      ],
    ],
    [
      'another path',
      (served, cookie) => [
        ['Origin', served.origin],
        ['Cookie', cookie],
      ],
      '/rpc/x',
    ],
    [
      'the page’s path',
      (served, cookie) => [
        ['Origin', served.origin],
        ['Cookie', cookie],
      ],
      '/',
    ],
    ['a token where the cookie belongs', (served) => [['Origin', served.origin]], '/rpc?token=T'],
  ])('no WebSocket for %s', async (_, lines, target = '/rpc') => {
    const served = await serve();
    const cookie = await enter(served);
    const given = typeof lines === 'function' ? lines(served, cookie) : lines;
    const path = target.replace('=T', `=${tokenOf(served.server.renew())}`);
    const { status } = await sendRaw(served.port, upgrade(path, [['Host', served.host], ...given]));
    expect(status).toBe(403);
  });
});

test('half a request, and more header than any page sends, end the connection and nothing else', async () => {
  const served = await serve();
  const { status } = await sendRaw(
    served.port,
    request('/', [
      ['Host', served.host],
      ['X', 'a'.repeat(20_000)],
    ]),
  );
  expect(status).toBe(431);
  expect((await sendRaw(served.port, 'GET / HTTP/9\r\n\r\n')).status).toBe(400);
  const half = connect(served.port, '127.0.0.1', () => half.write('GET / HT'));
  await new Promise((resolve) => half.once('connect', resolve));
  half.destroy();
  expect(
    (
      await sendRaw(
        served.port,
        request('/', [
          ['Host', served.host],
          ['Cookie', await enter(served)],
        ]),
      )
    ).status,
  ).toBe(200);
});
