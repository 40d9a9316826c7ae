import type { Locator, Page } from 'playwright-core';
import { floatingFaults } from '../../tests/renderer/support/floating-faults.ts';
import { FLOATING_SURFACES, type FloatingSurface } from '../../tests/renderer/support/floating-surfaces.ts';
import { pick } from '../../tests/renderer/support/pick.ts';
import type { Showcase } from './showcase.ts';

/** One picture: an address, and what is done on the page before it is taken. */
export interface Shot {
  readonly name: string;
  readonly path: string;
  readonly prepare?: (page: Page) => Promise<void>;
  /** What is wrong with what was opened, a line each. */
  readonly inspect?: (page: Page) => Promise<readonly string[]>;
  /** Undoes what `prepare` has done to the data folder. */
  readonly restore?: (page: Page) => Promise<void>;
  /** `empty` opens an untouched data folder; `held` keeps back everything that the host answers. */
  readonly host?: 'full' | 'empty' | 'held';
}

const SLOW = { timeout: 120_000 };

/** Waits for what an engine has to compute first. */
async function until(sight: Locator): Promise<void> {
  await sight.first().waitFor(SLOW);
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

/** The form scrolled to the fields of adapters. */
async function openAdapterGroup(page: Page): Promise<void> {
  const group = page.locator('summary', { hasText: 'Adapters and frozen weights' });
  await group.click();
  await group.evaluate((element) => element.scrollIntoView());
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
    { name: 'new-run', path: '/runs/new' },
    { name: 'new-run-like', path: `/runs/new?like=${show.apa}` },
    { name: 'run', path: `/runs/${show.apa}` },
    { name: 'new-run-adapter', path: `/runs/new?like=${show.adapted}`, prepare: openAdapterGroup },
    { name: 'run-adapter', path: `/runs/${show.adapted}` },
    { name: 'run-adapter-artifacts', path: `/runs/${show.adapted}/artifacts` },
    { name: 'compare-adapter', path: `/studies?runs=${[show.apa, show.adapted].join(',')}` },
    { name: 'run-pipeline', path: `/runs/${show.pipeline}` },
    { name: 'run-stopped', path: `/runs/${show.stopped}` },
    { name: 'run-pipeline-stopped', path: `/runs/${show.stoppedPipeline}` },
    { name: 'run-paused', path: `/runs/${show.stoppedPipeline}`, prepare: pause, restore: stop },
    { name: 'run-config', path: `/runs/${show.apa}/config` },
    { name: 'run-log', path: `/runs/${show.apa}/log` },
    { name: 'run-artifacts', path: `/runs/${show.apa}/artifacts` },
    { name: 'samples', path: `/runs/${show.apa}/samples` },
    { name: 'studies', path: '/studies' },
    { name: 'compare', path: `/studies?runs=${[show.apa, show.ppo, show.awr].join(',')}` },
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
  const { dataset, model, ppo: run, troubled } = show;
  return {
    name: `open-${surface.name}`,
    path: surface.path({ run, troubled, dataset, model }),
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
