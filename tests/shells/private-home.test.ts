import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keel, workplace } from './keel-process.ts';

const OTHERS = 0o077;

/** Everything in a data folder and in its backups that somebody else may use. */
function openTo(home: string): readonly string[] {
  const names = ['', ...readdirSync(home), ...readdirSync(join(home, 'backups')).map((name) => join('backups', name))];
  const runs = readdirSync(join(home, 'runs')).map((name) => join('runs', name));
  return [...names, ...runs].filter((name) => statSync(join(home, name)).mode & OTHERS);
}

test.skipIf(process.platform === 'win32')(
  'a new data folder is for its owner alone, and an open one is closed at the next start',
  async () => {
    const before = process.umask(0o022);
    try {
      const place = workplace();
      await keel(place, ['run', 'tiny.yaml'], { steps: 2 }).ended;
      expect(openTo(place.home)).toEqual([]);

      // As an older Keel left it.
      for (const name of ['', 'runs', 'backups']) chmodSync(join(place.home, name), 0o755);
      for (const name of ['store.sqlite', 'home.json', 'host.lock']) chmodSync(join(place.home, name), 0o644);
      for (const name of readdirSync(join(place.home, 'backups'))) chmodSync(join(place.home, 'backups', name), 0o644);
      const run = keel(place, ['run', 'tiny.yaml', '--json'], { steps: 40_000, stepMilliseconds: 10 });
      await run.seen('"step":2');
      expect(readdirSync(place.home)).toEqual(
        expect.arrayContaining(['host.sock', 'store.sqlite-wal', 'store.sqlite-shm']),
      );
      expect(openTo(place.home)).toEqual([]);
      run.child.kill('SIGINT');
      await run.ended;
      expect(openTo(place.home)).toEqual([]);
    } finally {
      process.umask(before);
    }
  },
);
