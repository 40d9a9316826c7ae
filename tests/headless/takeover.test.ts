import { describe, expect, onTestFinished, test } from 'vitest';
import { fromTypedError } from '#contract/api/typed-client.ts';
import { openHost } from '../../src-main/attach/open-host.ts';
import { CONFIG, FAKE_ENGINE, temporaryHome } from '../runs/fake-host.ts';
import { clientOver, closed, enter, openPage, serve } from './headless-server.ts';

async function ownerOf(home: string, behavior = {}) {
  const environment = { ...process.env, KEEL_FAKE: JSON.stringify(behavior) };
  const owner = await openHost({ home, environment, engineEntry: FAKE_ENGINE });
  let isOpen = true;
  const close = async () => {
    if (isOpen) await owner.close({ now: true });
    isOpen = false;
  };
  onTestFinished(close);
  return { ...owner, close };
}

const request = { config: CONFIG, baseFolder: process.env.HOME ?? '/root' };

describe('when a terminal owns the data folder', () => {
  test('pages reach its runs, with the rights of pages', async () => {
    const home = temporaryHome();
    const owner = await ownerOf(home, { steps: 3 });
    const served = await serve({}, home);
    expect(served.isOwner()).toBe(false);
    const client = clientOver(await openPage(served));
    const run = await owner.client.runs.start({ ...request, baseFolder: process.cwd() });
    const batches = [];
    for await (const batch of await client.runs.watch({ run: run.id })) batches.push(batch);
    expect(batches.at(-1)?.run).toMatchObject({ state: 'finished', error: null });
    expect(
      batches
        .flatMap(({ metrics }) => metrics)
        .filter(({ key }) => key === 'loss')
        .map(({ value }) => value),
    ).toEqual([1, 1 / 2, 1 / 3]);
    const foreign = await client.files.list({ folder: '/etc' }).catch(fromTypedError);
    expect(foreign).toMatchObject({ code: 'path_forbidden' });
    expect((await owner.client.files.list({ folder: '/etc' })).entries.length).toBeGreaterThan(3);
  });

  test('folders that were named at the start are open there too', async () => {
    const home = temporaryHome();
    await ownerOf(home);
    const named = temporaryHome();
    const client = clientOver(await openPage(await serve({}, home, [named])));
    expect(await client.files.list({ folder: named })).toMatchObject({ folder: named, entries: [] });
  });

  test('the terminal need not wait for pages, and its end makes the server the owner', async () => {
    const home = temporaryHome();
    const owner = await ownerOf(home, { steps: 1 });
    const served = await serve({ steps: 2 }, home);
    const cookie = await enter(served);
    const page = await openPage(served, cookie);
    const { runs } = clientOver(page);
    await runs.list({});
    expect(owner.owner?.server.attached()).toBe(0);
    const gone = closed(page);
    await owner.close();
    expect(await gone).toBe(1012);
    await expect.poll(() => served.isOwner()).toBe(true);
    const again = clientOver(await openPage(served, cookie));
    const run = await again.runs.start(request);
    let state = '';
    for await (const batch of await again.runs.watch({ run: run.id })) state = batch.run.state;
    expect(state).toBe('finished');
  });
});

test('a page that goes, or comes again, touches no run; it catches up without a gap', async () => {
  const served = await serve({ steps: 60, stepMilliseconds: 10 });
  const cookie = await enter(served);
  const first = await openPage(served, cookie);
  const run = await clientOver(first).runs.start(request);
  const steps: number[] = [];
  let [after, state, pages] = [0, '', 0];
  while (state !== 'finished') {
    const page = await openPage(served, cookie);
    pages += 1;
    for await (const batch of await clientOver(page).runs.watch({ run: run.id, after })) {
      steps.push(...batch.metrics.filter(({ key }) => key === 'loss').map(({ step }) => step));
      after = batch.sequence;
      state = batch.isCaughtUp ? batch.run.state : '';
      if (batch.metrics.length > 0) break;
    }
    page.terminate();
  }
  expect(pages).toBeGreaterThan(2);
  expect(steps).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
});
