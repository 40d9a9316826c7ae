import { openHost } from '../../src-main/attach/open-host.ts';
import type { BenchHost } from './bench-host.ts';
import { probe, whenThere } from './bench-host.ts';
import type { Figure } from './figure.ts';
import { KEYS } from './synthetic-run.ts';

export const POINTS_PER_SECOND = 10_000;

const CONFIG = {
  recipe: 'apa',
  name: 'stream',
  model: 'policy',
  data: { files: ['prompts.jsonl'] },
  reward: { type: 'model', model: 'reward' },
};

/** Steps of a series that the store lacks. */
async function missing(home: string, run: string, steps: number): Promise<number> {
  const connection = await openHost({ home });
  try {
    const { series } = await connection.client.runs.series({ run, keys: KEYS, buckets: 1 });
    return KEYS.length * steps - series.reduce((sum, { count }) => sum + count, 0);
  } finally {
    await connection.close();
  }
}

/** An engine tells 10,000 points a second while their six plots are open. */
export async function measureStream(host: BenchHost, home: string, seconds: number): Promise<readonly Figure[]> {
  const steps = Math.round((POINTS_PER_SECOND / KEYS.length) * seconds);
  const connection = await openHost({ home });
  const run = await connection.client.runs.start({ config: JSON.stringify(CONFIG), baseFolder: home });
  await connection.close();
  const page = await host.newPage();
  await page.goto(`${host.origin}/runs/${run.id}`);
  await whenThere(page, '.u-over', 6);
  await page.evaluate('keelProbe.forget()');
  await page
    .getByText('finished', { exact: true })
    .first()
    .waitFor({ timeout: (seconds + 120) * 1000 });
  const longest = await probe(page, 'longest()');
  const told = `${steps.toLocaleString('en-US')} points`;
  const isComplete = await page
    .getByRole('img', { name: new RegExp(`^Entropy.*${told}`) })
    .waitFor({ timeout: 10_000 })
    .then(
      () => true,
      () => false,
    );
  await page.close();
  return [
    { name: 'points that the store lacks', value: await missing(home, run.id, steps), limit: 0, unit: '' },
    { name: 'points that the page lacks', value: isComplete ? 0 : 1, limit: 0, unit: '' },
    { name: 'longest task of the page meanwhile', value: longest, limit: 50, unit: 'ms' },
  ];
}
