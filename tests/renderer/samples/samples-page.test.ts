import { expect, test } from 'vitest';
import { addSyntheticRun, evaluation, ONLINE } from '../../api/synthetic-runs.ts';
import { openApp } from '../support/app.ts';
import { seriousFaults } from '../support/axe.ts';
import { layoutFaults } from '../support/layout-faults.ts';
import { prepareHome } from '../support/prepared-home.ts';

const HOSTILE = [
  '<img src=x onerror="window.hacked = 1"><script>window.hacked = 2</script>',
  '[link](javascript:window.hacked=3)',
  'right \u202E to left \u0000 end',
  'x'.repeat(1_000_000),
];

/** A loaded machine may take seconds for what normally takes an instant. */
const PATIENT = { timeout: 60_000 };

function twoMoments(host: Parameters<Parameters<typeof prepareHome>[0]>[0]) {
  const step = (step: number, text: (index: number) => string) => ({
    step,
    metrics: evaluation(step / 10, step),
    replies: Array.from({ length: 40 }, (_, index) => ({
      prompt: `Question ${index}`,
      response: text(index),
      score: step + index,
    })),
  });
  const early = step(0, (index) => `Send number ${index} back to the shop in town.`);
  const late = step(20, (index) => HOSTILE[index] ?? `Please send number ${index} back to the shop in town.`);
  const config = { ...ONLINE, recipe: 'apa', name: 'polite' };
  return addSyntheticRun(host, {
    config,
    steps: [early, step(10, (index) => `Send ${index} back to the shop in town.`), late],
  }).id as string;
}

async function opened(theme: 'light' | 'dark' = 'light') {
  const { home, filled } = await prepareHome(twoMoments);
  const app = await openApp({ home, theme });
  await app.open(`/runs/${filled}/samples`);
  await app.page.getByRole('article', { name: 'Prompt 1', exact: true }).waitFor();
  return app;
}

test('one scrubs through the steps by keys, and the address says which', { timeout: 150_000 }, async () => {
  const { page } = await opened();
  await expect.poll(() => page.getByText('Iteration 20').count(), PATIENT).toBe(1);
  await page.getByRole('combobox', { name: 'Order' }).selectOption('worst');
  await page.keyboard.press('Escape');
  await page.locator('main').click({ position: { x: 2, y: 2 } });
  await page.keyboard.press('[');
  await page.getByText('Iteration 10').waitFor();
  await page.waitForURL(/step=10/);
  const card = page.getByRole('article', { name: 'Prompt 6', exact: true });
  await expect.poll(() => card.locator('del').allTextContents(), PATIENT).toContain('number ');
  await page.keyboard.press(']');
  await expect.poll(() => card.locator('ins').allTextContents(), PATIENT).toContain('Please send ');
});

test('a response that shares few words with the former one stands beside it, without marks inside words', {
  timeout: 150_000,
}, async () => {
  const { home, filled } = await prepareHome((host) => {
    const reply = (step: number, response: string) => ({
      ...{ step, metrics: evaluation(step / 10, step) },
      replies: [{ prompt: 'Do you get mail?', response, score: 0 }],
    });
    const steps = [
      reply(0, ' We get such mails every day.'),
      reply(10, ' Hello Henry! I am sincerely sorry for the trouble.'),
      reply(20, ' We get such letters every day.'),
      reply(30, ' You have such letters every day.'),
    ];
    return addSyntheticRun(host, { config: { ...ONLINE, recipe: 'apa', name: 'letters' }, steps }).id as string;
  });
  const { page, open } = await openApp({ home });
  const card = page.getByRole('article', { name: 'Prompt 1', exact: true });
  await open(`/runs/${filled}/samples?step=10`);
  await card.getByText('Few words are shared with the starting policy.').waitFor();
  expect(await card.locator('ins, del').count()).toBe(0);
  const [before, after] = [
    await card.getByText('such mails').boundingBox(),
    await card.getByText('Hello Henry!').boundingBox(),
  ];
  expect([after!.x > before!.x + before!.width / 2, Math.abs(after!.y - before!.y) < 4]).toEqual([true, true]);

  await open(`/runs/${filled}/samples?step=20`);
  await expect.poll(() => card.locator('del').allInnerTexts(), PATIENT).toEqual(['mails']);
  expect(await card.locator('ins').allInnerTexts()).toEqual(['letters']);

  // One word that both share does not cut a change.
  await open(`/runs/${filled}/samples?step=30`);
  await expect
    .poll(async () => (await card.locator('del').allInnerTexts()).map((text) => text.trim()), PATIENT)
    .toEqual(['We get such mails']);
  expect((await card.locator('ins').allInnerTexts()).map((text) => text.trim())).toEqual(['You have such letters']);
});

test('hostile texts stay texts, long ones do not hold the page up', { timeout: 150_000 }, async () => {
  const { page, complaints } = await opened();
  await page.getByRole('radio', { name: 'Text' }).check({ force: true });
  await page.getByText('<img src=x onerror').first().waitFor();
  await page.getByRole('searchbox').fill('right');
  await page.getByTitle('U+202E, an invisible character').waitFor();
  await page.getByTitle('U+0000, an invisible character').waitFor();
  await page.getByRole('searchbox').fill('xxxxx');
  const more = page.getByRole('button', { name: '996,000 more characters' });
  await more.waitFor();
  for (const view of ['Tokens', 'Changes']) {
    await page.getByRole('radio', { name: view }).check({ force: true });
    await page.getByRole('article', { name: 'Prompt 4', exact: true }).waitFor();
  }
  expect(await page.evaluate('window.hacked')).toBeUndefined();
  await expect.poll(() => page.locator('article img, article script, article a').count()).toBe(0);
  expect(complaints).toEqual([]);
});

test('tokens are read one by one with arrows, and few of the cards are in the document', {
  timeout: 150_000,
}, async () => {
  const { page } = await opened();
  await page.getByRole('radio', { name: 'Tokens' }).check({ force: true });
  await page.getByRole('searchbox').fill('number 7');
  await page.locator('[role="option"]').first().focus();
  await page.keyboard.press('ArrowRight');
  const numbers = page.getByRole('status').filter({ hasText: 'log π_ref' });
  // The second token of the synthetic reply: log π -1, log π_ref -1.5, KL 0.5.
  await expect.poll(() => numbers.textContent(), PATIENT).toMatch(/token 2 of 10 send/);
  await expect
    .poll(() => numbers.locator('dd').allTextContents())
    .toEqual(
      ['−1 nats', '−1.5 nats', '0.5 nats', '−0.5 ', '0.2 ', '0 '].map((text) => expect.stringContaining(text.trim())),
    );
  await page.getByRole('searchbox').fill('');
  await page.getByText('40 responses', { exact: true }).waitFor();
  await expect.poll(() => page.getByRole('article').count()).toBeLessThan(20);
});

test.each(['light', 'dark'] as const)('axe and the layout find nothing: %s', { timeout: 150_000 }, async (theme) => {
  const { page } = await opened(theme);
  expect(await seriousFaults(page)).toEqual([]);
  await page.getByRole('radio', { name: 'Tokens' }).check({ force: true });
  await page.getByRole('searchbox').fill('number');
  await page.locator('[role="option"]').first().focus();
  expect(await seriousFaults(page)).toEqual([]);
  expect(await layoutFaults(page)).toEqual([]);
});
