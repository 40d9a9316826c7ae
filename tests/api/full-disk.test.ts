import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { describe, expect, test } from 'vitest';
import { fromTypedError } from '#contract/api/typed-client.ts';
import type { KeelErrorShape } from '#contract/errors.ts';
import { encodeBytes } from '#contract/float-array.ts';
import { ownContext } from '../../src-main/api/base.ts';
import { toTypedError, typedStream } from '../../src-main/api/error-boundary.ts';
import { router } from '../../src-main/api/router.ts';
import { openStore } from '../../src-main/store/open-store.ts';
import { CONFIG, fakeHost, temporaryHome, watchAll } from '../runs/fake-host.ts';
import { canMount, smallDisk } from '../support/small-disk.ts';

async function refusal(work: () => Promise<unknown>): Promise<Partial<KeelErrorShape>> {
  try {
    const answer = await work();
    if (typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer) {
      for await (const _ of answer as AsyncIterable<unknown>);
    }
    return {};
  } catch (error) {
    return fromTypedError(error) as KeelErrorShape;
  }
}

/** A host whose data folder lies on a disk with so little room. */
function hostOn(megabytes: number) {
  const disk = smallDisk(megabytes);
  const home = join(disk.folder, 'home');
  mkdirSync(home);
  const host = fakeHost({ steps: 3 }, home);
  return { disk, home, host, client: createRouterClient(router, { context: ownContext(host) }) };
}

test('a write that nobody has foreseen: its place, or the data folder', async () => {
  async function* failing(): AsyncGenerator<never> {
    yield writeFileSync('/dev/full', 'x') as never;
  }
  const typed = (error: unknown) => fromTypedError(error) as KeelErrorShape;
  const streamed = await failing()
    .next()
    .catch((error: unknown) => typed(toTypedError(error, '/tmp')));
  expect(streamed).toMatchObject({ code: 'disk_full', why: expect.stringContaining('written to /tmp:') });
  const passed = await refusal(async () => typedStream(failing(), '/tmp'));
  expect(passed).toMatchObject({ code: 'disk_full', fix: expect.stringContaining('then try again') });
});

describe.skipIf(!canMount)('a full disk is an error with the place and what has to be freed', () => {
  test('a copied dataset and a copied model: before anything is copied', async () => {
    const { disk, home, client } = hostOn(8);
    const outside = temporaryHome();
    writeFileSync(join(outside, 'large.jsonl'), Buffer.alloc(20_000_000));
    const dataset = await refusal(() => client.datasets.add({ folder: outside, path: 'large.jsonl', copy: true }));
    expect(dataset).toMatchObject({ code: 'disk_space', why: expect.stringContaining(`20 MB in ${home}`) });
    mkdirSync(join(outside, 'model'));
    writeFileSync(join(outside, 'model', 'model.safetensors'), Buffer.alloc(20_000_000));
    const model = await refusal(() => client.models.add({ folder: outside, path: 'model', copy: true }));
    expect(model).toMatchObject({ code: 'disk_space', fix: expect.stringMatching(/^Free [\d.]+ MB\./) });
    expect(readdirSync(home).filter((name) => name.startsWith('.partial'))).toEqual([]);
    disk.free();
  });

  test('a run and a draft; the run can be started once there is room', async () => {
    const { disk, home, host, client } = hostOn(80);
    disk.fill();
    const place = { code: 'disk_full', fix: expect.stringMatching(`^Free 16\\.\\d MB on ${disk.folder}`) };
    const run = await refusal(() => client.runs.start({ config: CONFIG, baseFolder: home }));
    expect(run).toMatchObject({ code: 'disk_space', fix: expect.stringMatching(/^Free [\d.]+ MB\./) });
    expect(existsSync(join(home, 'runs'))).toBe(false);
    const text = 'x'.repeat(200_000);
    const draft = await refusal(() => client.drafts.save({ name: 'mine', text }));
    expect(draft).toMatchObject({ code: 'store_full', fix: place.fix });
    disk.free();
    const started = await client.runs.start({ config: CONFIG, baseFolder: home });
    expect((await watchAll(host, started.id)).at(-1)?.run.state).toBe('finished');
  });

  test('a piece of an upload', async () => {
    const disk = smallDisk(4);
    const host = fakeHost({});
    const { home } = host.setup;
    const client = createRouterClient(router, { context: ownContext(host) });
    const { upload } = await client.files.beginUpload({ files: [{ name: 'a.jsonl', bytes: 5_000_000 }] });
    // An upload needs a gigabyte to spare when it begins: its folder moves to the small disk now.
    cpSync(join(home, 'uploads'), join(disk.folder, 'uploads'), { recursive: true });
    rmSync(join(home, 'uploads'), { recursive: true });
    symlinkSync(join(disk.folder, 'uploads'), join(home, 'uploads'));
    disk.fill();
    const data = encodeBytes(new Uint8Array(1_000_000));
    const refused = await refusal(() => client.files.writeUpload({ upload, index: 0, offset: 0, data }));
    expect(refused).toMatchObject({ code: 'disk_full', fix: expect.stringContaining(disk.folder) });
  });

  test('a store that cannot be opened for lack of room is full, not broken', () => {
    const disk = smallDisk(2);
    const path = join(disk.folder, 'store.sqlite');
    openStore(path).close();
    disk.fill();
    expect(existsSync(`${path}-wal`)).toBe(false);
    const isFull = { code: 'store_full', fix: expect.stringContaining(`MB on ${disk.folder}`) };
    expect(() => openStore(path).close()).toThrow(expect.objectContaining(isFull));
    disk.free();
    openStore(path).close();
  });
});
