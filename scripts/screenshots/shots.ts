import type { Locator, Page } from 'playwright-core';
import type { ApiClient } from '../../src-main/contract/api/typed-client.ts';
import { floatingFaults } from '../../tests/renderer/support/floating-faults.ts';
import { FLOATING_SURFACES, type FloatingSurface } from '../../tests/renderer/support/floating-surfaces.ts';
import { pick } from '../../tests/renderer/support/pick.ts';
import type { Showcase } from './showcase.ts';

/** One picture: an address, and what is done on the page before it is taken. */
export interface Shot {
  readonly name: string;
  readonly path: string;
  readonly prepare?: (page: Page, client: ApiClient) => Promise<void>;
  /** What is wrong with what was opened, a line each. */
  readonly inspect?: (page: Page) => Promise<readonly string[]>;
  /** Undoes what `prepare` has done to the data folder. */
  readonly restore?: (page: Page, client: ApiClient) => Promise<void>;
  /** `empty` opens an untouched data folder; `held` keeps back everything that the host answers. */
  readonly host?: 'full' | 'empty' | 'held';
}

const SLOW = { timeout: 120_000 };

/** Waits for what an engine has to compute first. */
async function until(sight: Locator): Promise<void> {
  await sight.first().waitFor(SLOW);
}

async function intoView(sight: Locator): Promise<void> {
  await until(sight);
  await sight.evaluate((element) => element.scrollIntoView());
}

/** A question to the fine-tuned policy and to the one it started from, answered. */
async function askAbout(page: Page): Promise<void> {
  await pick(page, 'Right model', 'Starter policy');
  await page
    .getByRole('textbox', { name: 'Prompt' })
    .fill('Customer: The lamp that I bought arrived broken.\nSupport:');
  await page.getByRole('button', { name: 'Generate', exact: true }).click();
  await page.getByRole('article', { name: 'Exchange 1' }).waitFor(SLOW);
  await page.getByRole('button', { name: 'Generate', exact: true }).waitFor(SLOW);
}

/** Lets the run whose page is open go on, and pauses it. */
async function pause(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Resume', exact: true }).click();
  await page.getByRole('button', { name: 'Pause', exact: true }).click(SLOW);
  await until(page.getByRole('button', { name: 'Continue', exact: true }));
}

async function stop(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Stop after this step' }).click();
  await until(page.getByRole('button', { name: 'Resume', exact: true }));
}

/** The six plots of a run are drawn. */
const drawn = (page: Page) => until(page.locator('.u-over').nth(5));

/** The pointer over a plot: all plots tell what was measured at its step. */
async function hoverPlot(page: Page): Promise<void> {
  await drawn(page);
  await page
    .locator('.u-over')
    .first()
    .hover({ position: { x: 60, y: 40 } });
  await until(page.getByText(/^(step|iteration) \d+$/));
}

/** The first plot as the table of its values. */
async function showTable(page: Page): Promise<void> {
  await drawn(page);
  await page.getByRole('button', { name: 'More options for Reward' }).click();
  await page.getByRole('menuitem', { name: 'Show as table' }).click();
  await until(page.getByRole('table', { name: 'Values of Reward' }));
}

/** The doctor's findings beside the plots. */
async function openHealth(page: Page): Promise<void> {
  await drawn(page);
  await page.getByRole('button', { name: /^\d+ findings?$/ }).click();
  await until(page.getByRole('complementary', { name: 'Health' }));
}

/** The values of a token under the pointer. */
async function hoverToken(page: Page): Promise<void> {
  await page.getByRole('radio', { name: 'Tokens' }).check({ force: true });
  await page.locator('article [role="option"]').nth(3).hover();
  await until(page.getByRole('status').filter({ hasText: 'log π_ref' }));
}

/** A row that is being edited, after another one was left out. */
async function editRow(page: Page): Promise<void> {
  const rows = page.getByRole('list', { name: 'Rows on this page' }).getByRole('button');
  await until(rows);
  await rows.nth(1).click();
  await page.getByRole('button', { name: 'Exclude row' }).click();
  await rows.nth(2).click();
  await page.getByRole('button', { name: 'Edit row' }).click();
  await page.locator('#rows').evaluate((element) => element.scrollIntoView());
}

/** Lets the run whose page is open go on, pauses it, and opens the panel of what can be changed meanwhile. */
async function openDials(page: Page): Promise<void> {
  await pause(page);
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Change a live setting' }).click();
  await until(page.getByRole('complementary'));
}

/** The form scrolled to the fields of adapters. */
async function openAdapterGroup(page: Page): Promise<void> {
  const group = page.locator('summary', { hasText: 'Adapters and frozen weights' });
  await group.click();
  await group.evaluate((element) => element.scrollIntoView());
}

/** One run at work, and several that wait behind it. */
async function fillQueue(page: Page, client: ApiClient, { stopped, waiting }: Showcase): Promise<void> {
  for (const run of [stopped, ...waiting]) await client.runs.resume({ run });
  await until(
    page
      .getByRole('list', { name: 'Waiting runs' })
      .getByRole('listitem')
      .nth(waiting.length - 1),
  );
  await until(page.getByRole('region', { name: 'In progress' }).getByText('running'));
}

async function emptyQueue(client: ApiClient, { stopped, waiting }: Showcase): Promise<void> {
  for (const run of [...waiting, stopped]) await client.runs.stop({ run, now: true });
  for await (const _ of await client.runs.watch({ run: stopped }));
}

/** What one sees of runs: whole ones and parts of them, with what is open or under the pointer. */
function runShots(show: Showcase): readonly Shot[] {
  return [
    { name: 'run', path: `/runs/${show.apa}` },
    { name: 'run-hover', path: `/runs/${show.apa}`, prepare: hoverPlot },
    { name: 'run-table', path: `/runs/${show.apa}`, prepare: showTable },
    { name: 'run-health', path: `/runs/${show.troubled}`, prepare: openHealth },
    { name: 'run-report', path: `/runs/${show.apa}/report` },
    { name: 'new-run-adapter', path: `/runs/new?like=${show.adapted}`, prepare: openAdapterGroup },
    { name: 'run-adapter', path: `/runs/${show.adapted}` },
    { name: 'run-adapter-artifacts', path: `/runs/${show.adapted}/artifacts` },
    { name: 'compare-adapter', path: `/studies?runs=${[show.apa, show.adapted].join(',')}` },
    { name: 'run-pipeline', path: `/runs/${show.pipeline}` },
    { name: 'run-stopped', path: `/runs/${show.stopped}` },
    { name: 'run-pipeline-stopped', path: `/runs/${show.stoppedPipeline}` },
    { name: 'run-paused', path: `/runs/${show.stoppedPipeline}`, prepare: pause, restore: stop },
    { name: 'run-dials', path: `/runs/${show.stopped}`, prepare: openDials, restore: stop },
    { name: 'run-config', path: `/runs/${show.apa}/config` },
    { name: 'run-log', path: `/runs/${show.apa}/log` },
    { name: 'run-artifacts', path: `/runs/${show.apa}/artifacts` },
    { name: 'samples', path: `/runs/${show.apa}/samples` },
    { name: 'samples-tokens', path: `/runs/${show.apa}/samples`, prepare: hoverToken },
  ];
}

/** A study that has finished, from top to bottom, and the form of a new one. */
function studyShots(show: Showcase): readonly Shot[] {
  return [
    {
      name: 'study',
      path: `/studies/${show.study}`,
      prepare: (page) => until(page.getByRole('list', { name: 'Verdicts' })),
    },
    {
      name: 'study-runs',
      path: `/studies/${show.study}`,
      prepare: (page) => intoView(page.getByRole('region', { name: 'Runs by configuration and seed' })),
    },
    {
      name: 'study-scores',
      path: `/studies/${show.study}`,
      prepare: (page) => intoView(page.getByRole('region', { name: 'Scores by configuration' })),
    },
    {
      name: 'study-curves',
      path: `/studies/${show.study}`,
      prepare: (page) => intoView(page.getByRole('list', { name: 'Configurations' })),
    },
    {
      name: 'new-study',
      path: `/studies/new?run=${show.apa}`,
      prepare: (page) => until(page.getByRole('heading', { name: 'Methods and values' })),
    },
  ];
}

/** Every page as it stands after a day of work. */
function fullShots(show: Showcase): readonly Shot[] {
  return [
    { name: 'home', path: '/' },
    { name: 'datasets', path: '/datasets' },
    {
      name: 'dataset',
      path: `/datasets/${show.dataset}`,
      prepare: (page) => until(page.getByRole('list', { name: 'Rows on this page' })),
    },
    { name: 'dataset-edit', path: `/datasets/${show.dataset}`, prepare: editRow },
    { name: 'models', path: '/models' },
    {
      name: 'model',
      path: `/models/look?model=run:${show.apa}/policy`,
      prepare: (page) => until(page.getByRole('table')),
    },
    {
      name: 'model-adapter',
      path: `/models/look?model=run:${show.adapted}/policy`,
      prepare: (page) => until(page.getByRole('table')),
    },
    { name: 'models-fits', path: '/models?fits', prepare: (page) => until(page.getByText('Predicted peak memory')) },
    { name: 'runs', path: '/runs' },
    { name: 'queue', path: '/queue' },
    {
      name: 'queue-waiting',
      path: '/queue',
      prepare: (page, client) => fillQueue(page, client, show),
      restore: (_page, client) => emptyQueue(client, show),
    },
    { name: 'new-run', path: '/runs/new' },
    { name: 'new-run-like', path: `/runs/new?like=${show.apa}` },
    ...runShots(show),
    { name: 'studies', path: '/studies' },
    { name: 'compare', path: `/studies?runs=${[show.apa, show.ppo, show.awr].join(',')}` },
    ...studyShots(show),
    { name: 'reward-model', path: `/reward-models/${show.rewardModel}` },
    { name: 'rating', path: `/studies/ratings/${show.rating}` },
    { name: 'playground', path: `/playground?left=run:${show.apa}/policy@last`, prepare: askAbout },
    { name: 'export', path: `/export/${show.apa}` },
    { name: 'news', path: '/news' },
    { name: 'reference', path: '/reference?find=kl' },
    { name: 'settings', path: '/settings', prepare: (page) => until(page.getByText(/GFLOP\/s measured/)) },
    { name: 'missing', path: '/nowhere' },
  ];
}

/** The pages that a person meets empty, failed or loading. */
function otherShots(show: Showcase): readonly Shot[] {
  return [
    { name: 'home-empty', path: '/', host: 'empty' },
    { name: 'runs-empty', path: '/runs', host: 'empty' },
    { name: 'studies-empty', path: '/studies', host: 'empty' },
    { name: 'new-study-empty', path: '/studies/new', host: 'empty' },
    { name: 'playground-empty', path: '/playground', host: 'empty' },
    { name: 'datasets-empty', path: '/datasets', host: 'empty' },
    { name: 'new-run-empty', path: '/runs/new', host: 'empty' },
    { name: 'run-failed', path: `/runs/${show.failed}` },
    { name: 'run-unknown', path: '/runs/20200101-000000-nothing' },
    { name: 'run-loading', path: `/runs/${show.apa}`, host: 'held' },
    { name: 'datasets-loading', path: '/datasets', host: 'held' },
    { name: 'new-run-loading', path: `/runs/new?like=${show.apa}`, host: 'held' },
    { name: 'new-run-failed', path: '/runs/new?like=20200101-000000-nothing' },
    { name: 'datasets-failed', path: '/datasets/999999' },
  ];
}

/** A menu, popover, select, dialog or message standing open. */
function openShot(show: Showcase, surface: FloatingSurface): Shot {
  const { dataset, model, ppo: run, study, troubled } = show;
  return {
    name: `open-${surface.name}`,
    path: surface.path({ run, troubled, dataset, model, study }),
    prepare: async (page) => {
      await surface.open(page);
      await surface.surface(page).waitFor(SLOW);
    },
    inspect: (page) => floatingFaults(page, surface),
    ...(surface.restore && { restore: surface.restore }),
  };
}

export function allShots(show: Showcase): readonly Shot[] {
  return [...fullShots(show), ...otherShots(show), ...FLOATING_SURFACES.map((surface) => openShot(show, surface))];
}
