import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { enter, type Served, serve } from './headless-server.ts';
import { request, sendRaw } from './raw-http.ts';

async function asker(served: Served) {
  const lines = [
    ['Host', served.host],
    ['Cookie', await enter(served)],
  ] as const;
  return (target: string, method = 'GET') => sendRaw(served.port, request(target, lines, { method }));
}

describe('files of the page', () => {
  test('have their type; hashed ones are kept for a year, the others never', async () => {
    const ask = await asker(await serve());
    const [page, script, plain, head] = await Promise.all([
      ask('/'),
      ask('/assets/index-Ab3_9xYz.js'),
      ask('/assets/plain.json'),
      ask('/', 'HEAD'),
    ]);
    expect(page).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
    });
    expect(script.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'private, max-age=31536000, immutable',
    });
    expect(script.body).toBe("document.title = 'ran';\n");
    expect(plain.headers['cache-control']).toBe('no-store');
    expect([head.status, head.body, head.headers['content-length']]).toEqual([200, '', page.headers['content-length']]);
  });

  test.each(['/runs', '/runs/20261123-131924-apa', '/runs/new?from=1', '/reward-models/run:x', '/datasets/a%20b'])(
    'the route %s is the page',
    async (target) => {
      const { status, body } = await (await asker(await serve()))(target);
      expect([status, body.includes('<title>Keel</title>')]).toEqual([200, true]);
    },
  );

  test.each([
    '/../secret.json',
    '/..',
    '/assets/../../secret.json',
    '/%2e%2e/secret.json',
    '/%2e%2e%2fsecret.json',
    '/..%2fsecret.json',
    '/..%5csecret.json',
    '/%5c..%5csecret.json',
    '/..\\secret.json',
    '/assets/..%252f..%252fsecret.json',
    '/secret.json%00.js',
    '/%00',
    '/.stamp',
    '/assets/.hidden.json',
    '/assets//plain.json',
    '/assets/./plain.json',
    '/link.json',
    '/linked/secret.json',
    '/linked',
    '/assets',
    '/assets/',
    '/index.html/x.js',
    '/folder.js',
    '/nothing.js',
    '/page.exe',
    '/ASSETS/plain.json',
    '/assets/plain.json/',
  ])('%s gives nothing from outside', async (target) => {
    const served = await serve();
    const outside = dirname(served.pageFolder);
    writeFileSync(join(outside, 'secret.json'), '{"secret":1}');
    for (const name of ['.stamp', 'assets/.hidden.json', 'page.exe'])
      writeFileSync(join(served.pageFolder, name), 'secret');
    symlinkSync(join(outside, 'secret.json'), join(served.pageFolder, 'link.json'));
    symlinkSync(outside, join(served.pageFolder, 'linked'));
    mkdirSync(join(served.pageFolder, 'folder.js'));
    const { status, body } = await (await asker(served))(target);
    expect(body).not.toContain('secret');
    const isRoute = ['/linked', '/assets', '/assets/'].includes(target);
    expect([target, status]).toEqual([target, isRoute ? 200 : 404]);
  });

  test('a folder of the page that is put in place of itself by a link is not followed', async () => {
    const served = await serve();
    const ask = await asker(served);
    expect((await ask('/assets/plain.json')).status).toBe(200);
    renameSync(join(served.pageFolder, 'assets'), join(dirname(served.pageFolder), 'elsewhere'));
    symlinkSync(join(dirname(served.pageFolder), 'elsewhere'), join(served.pageFolder, 'assets'));
    expect((await ask('/assets/plain.json')).status).toBe(404);
  });

  test('without a cookie there is nothing, not even a file that is not there', async () => {
    const served = await serve();
    for (const target of ['/', '/assets/index-Ab3_9xYz.js', '/nothing.js', '/rpc', '/runs']) {
      const { status, body } = await sendRaw(served.port, request(target, [['Host', served.host]]));
      expect([target, status, body]).toEqual([target, 403, expect.stringContaining('keel serve')]);
    }
  });
});
