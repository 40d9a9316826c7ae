import type { Page } from 'playwright-core';
import type { Showcase } from './showcase.ts';

/** One picture: an address, and what is done on the page before it is taken. */
export interface Shot {
  readonly name: string;
  readonly path: string;
  readonly prepare?: (page: Page) => Promise<void>;
  /** `empty` opens an untouched data folder; `held` keeps back everything that the host answers. */
  readonly host?: 'full' | 'empty' | 'held';
}

/** Every page as it stands after a day of work. */
function fullShots(show: Showcase): readonly Shot[] {
  return [
    { name: 'home', path: '/' },
    { name: 'datasets', path: '/datasets' },
    { name: 'models', path: '/models' },
    { name: 'runs', path: '/runs' },
    { name: 'new-run', path: '/runs/new' },
    { name: 'run', path: `/runs/${show.apa}` },
    { name: 'run-pipeline', path: `/runs/${show.pipeline}` },
    { name: 'run-stopped', path: `/runs/${show.stopped}` },
    { name: 'samples', path: `/runs/${show.apa}/samples` },
    { name: 'compare', path: `/studies?runs=${[show.apa, show.ppo, show.awr].join(',')}` },
    { name: 'reward-model', path: `/reward-models/${show.rewardModel}` },
    { name: 'playground', path: '/playground' },
    { name: 'export', path: `/export/${show.apa}` },
    { name: 'settings', path: '/settings' },
  ];
}

/** The pages that a person meets empty, failed or loading. */
function otherShots(show: Showcase): readonly Shot[] {
  return [
    { name: 'home-empty', path: '/', host: 'empty' },
    { name: 'runs-empty', path: '/runs', host: 'empty' },
    { name: 'datasets-empty', path: '/datasets', host: 'empty' },
    { name: 'new-run-empty', path: '/runs/new', host: 'empty' },
    { name: 'run-failed', path: `/runs/${show.failed}` },
    { name: 'run-unknown', path: '/runs/20200101-000000-nothing' },
    { name: 'run-loading', path: `/runs/${show.apa}`, host: 'held' },
    { name: 'datasets-loading', path: '/datasets', host: 'held' },
    { name: 'new-run-loading', path: `/runs/new?like=${show.apa}`, host: 'held' },
    { name: 'new-run-failed', path: '/runs/new?like=20200101-000000-nothing' },
    { name: 'datasets-failed', path: '/datasets?open=999999' },
  ];
}

export function allShots(show: Showcase): readonly Shot[] {
  return [...fullShots(show), ...otherShots(show)];
}
