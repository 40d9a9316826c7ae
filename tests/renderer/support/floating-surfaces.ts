import type { Locator, Page } from 'playwright-core';
import { readSources, type SourceFile } from '../../architecture/source-tree.ts';

/** What has to be in a data folder so that every floating surface can be opened. */
export interface FloatingWorld {
  /** A run that has ended, with points, marks and no stages. */
  readonly run: string;
  /** A run that has ended early, with an open finding of the doctor and a checkpoint before it. */
  readonly troubled: string;
  readonly dataset: number;
  /** Reference of a model that a person has added. */
  readonly model: string;
  /** Number of a study with a config. The data folder has a cluster named {@link FLOATING_CLUSTER} as well. */
  readonly study: number;
}

/** A cluster that need not answer. */
export const FLOATING_CLUSTER = { name: 'lab', url: 'http://127.0.0.1:8265', tokenFile: '/none/token' } as const;

/** Something that is drawn over the page, and how a person brings it up. */
export interface FloatingSurface {
  readonly name: string;
  /** Components below src-renderer that take part in it: the one that draws it and the one that asks for it. */
  readonly components: readonly string[];
  readonly path: (world: FloatingWorld) => string;
  readonly open: (page: Page) => Promise<void>;
  readonly surface: (page: Page) => Locator;
  /** The pseudo-element that is the surface, where the element only opens it. */
  readonly pseudo?: string;
  /** Undoes what was done to bring it up. */
  readonly restore?: (page: Page) => Promise<void>;
}

const runPage = ({ run }: FloatingWorld) => `/runs/${run}`;
const confirmation = (page: Page) => page.getByRole('alertdialog');
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const press = (name: string) => (page: Page) => button(page, name).click();

/** Scrolls to the middle: at an edge, an element may stick out by a part of a pixel. */
const center = (sight: Locator) => sight.evaluate((element) => element.scrollIntoView({ block: 'center' }));

/** The plots of a run are drawn. */
const drawn = (page: Page) => page.locator('.u-over').nth(5).waitFor();

async function menuItem(page: Page, menu: string, item: string): Promise<void> {
  await button(page, menu).click();
  await page.getByRole('menuitem', { name: item }).click();
}

/** Moves the run whose page is open into the trash. */
async function deleteRun(page: Page): Promise<void> {
  await menuItem(page, 'More', 'Delete run');
  await confirmation(page).getByRole('button', { name: 'Delete' }).click();
  await button(page, 'Undo').waitFor();
}

/** Moves the pointer along the axis of the first plot until it is on a mark. */
async function hoverMark(page: Page): Promise<void> {
  await drawn(page);
  const plot = page.locator('.u-over').first();
  await plot.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await plot.boundingBox())!;
  const tip = page.locator('.tip');
  for (let at = width - 2; at > 0 && (await tip.count()) === 0; at -= 3) await page.mouse.move(x + at, y + height - 3);
}

const MENUS: readonly FloatingSurface[] = [
  {
    name: 'menu-run',
    components: ['parts/MenuButton.vue', 'pages/run/header/RunMenu.vue'],
    path: runPage,
    open: press('More'),
    surface: (page) => page.getByRole('menu'),
  },
  {
    name: 'menu-plot',
    components: ['parts/MenuButton.vue', 'plots/series/SeriesPlot.vue'],
    path: runPage,
    open: async (page) => {
      await drawn(page);
      await button(page, 'More options for Reward').click();
    },
    surface: (page) => page.getByRole('menu'),
  },
  {
    name: 'plot-picker',
    components: ['parts/PopoverButton.vue', 'pages/run/plots/PlotBar.vue'],
    path: runPage,
    open: async (page) => {
      await drawn(page);
      await button(page, 'Choose plots').click();
    },
    surface: (page) => page.getByRole('dialog', { name: 'Choose plots' }),
  },
  {
    name: 'plot-mark',
    components: ['plots/series/PlotPointer.vue', 'plots/series/SeriesPlot.vue'],
    path: runPage,
    open: hoverMark,
    surface: (page) => page.locator('.tip'),
  },
  {
    name: 'select',
    components: [],
    path: runPage,
    open: async (page) => {
      await drawn(page);
      await center(page.getByLabel('X-axis'));
      await page.getByLabel('X-axis').click();
    },
    surface: (page) => page.getByLabel('X-axis'),
    pseudo: '::picker(select)',
  },
  {
    name: 'select-format',
    components: [],
    path: ({ run }) => `/export/${run}`,
    open: (page) => page.getByLabel('Format').first().click(),
    surface: (page) => page.getByLabel('Format').first(),
    pseudo: '::picker(select)',
  },
  {
    name: 'select-storage',
    components: [],
    path: ({ run }) => `/runs/new?like=${run}`,
    open: async (page) => {
      await page.locator('summary', { hasText: 'Adapters and frozen weights' }).click();
      await center(page.getByLabel('Frozen dtype'));
      await page.getByLabel('Frozen dtype').click();
    },
    surface: (page) => page.getByLabel('Frozen dtype'),
    pseudo: '::picker(select)',
  },
];

const picker = (page: Page, name: string) => page.getByRole('combobox', { name, exact: true });
const listed = (name: string) => (page: Page) => page.getByRole('dialog', { name, exact: true });

/** Lists of models and datasets, one for each place that has a picker. */
const PICKERS: readonly FloatingSurface[] = [
  {
    name: 'pick-model',
    components: ['pages/pick/ObjectPicker.vue', 'pages/new-run/fields/ModelPick.vue'],
    path: ({ run }) => `/runs/new?like=${run}`,
    open: async (page) => {
      await center(picker(page, 'Model'));
      await picker(page, 'Model').click();
    },
    surface: listed('Model'),
  },
  {
    name: 'pick-dataset',
    components: ['pages/pick/ObjectPicker.vue', 'pages/new-run/fields/DatasetPick.vue'],
    path: ({ run }) => `/runs/new?like=${run}`,
    open: async (page) => {
      await center(picker(page, 'Files'));
      await picker(page, 'Files').click();
    },
    surface: listed('Files'),
  },
  {
    name: 'pick-prompted',
    components: ['pages/pick/ObjectPicker.vue', 'pages/playground/PlaygroundPage.vue'],
    path: () => '/playground',
    open: (page) => picker(page, 'Right model').click(),
    surface: listed('Right model'),
  },
  {
    name: 'pick-tokenizer',
    components: ['pages/pick/ObjectPicker.vue', 'pages/datasets/CheckSettings.vue'],
    path: ({ dataset }) => `/datasets/${dataset}`,
    open: (page) => picker(page, 'Tokenizer').click(),
    surface: listed('Tokenizer'),
  },
  {
    name: 'views',
    components: ['parts/PopoverButton.vue', 'pages/runs/ViewBar.vue'],
    path: () => '/runs',
    open: press('Views'),
    surface: listed('Views'),
  },
];

const DIALOGS: readonly FloatingSurface[] = [
  {
    name: 'labels',
    components: ['pages/runs/LabelDialog.vue', 'pages/run/header/RunMenu.vue'],
    path: runPage,
    open: (page) => menuItem(page, 'More', 'Name and labels'),
    surface: (page) => page.getByRole('dialog', { name: 'Name and labels' }),
  },
  {
    name: 'labels-runs',
    components: ['pages/runs/LabelDialog.vue', 'pages/runs/RunsPage.vue'],
    path: () => '/runs',
    open: async (page) => {
      await page
        .getByRole('checkbox', { name: /^Select / })
        .first()
        .check();
      await button(page, 'Name and labels').click();
    },
    surface: (page) => page.getByRole('dialog', { name: 'Name and labels' }),
  },
  {
    name: 'palette',
    components: ['parts/CommandPalette.vue', 'pages/frame/AppFrame.vue'],
    path: runPage,
    open: (page) => page.keyboard.press('Control+k'),
    surface: (page) => page.getByRole('dialog'),
  },
  {
    name: 'shortcuts',
    components: ['pages/frame/ShortcutList.vue', 'pages/frame/AppFrame.vue'],
    path: runPage,
    open: (page) => page.keyboard.press('?'),
    surface: (page) => page.getByRole('dialog'),
  },
  {
    name: 'file-dialog',
    components: ['pages/files/FileDialog.vue', 'pages/files/PathField.vue', 'pages/pick/ObjectPicker.vue'],
    path: () => '/settings',
    open: press('Backup to open: browse'),
    surface: (page) => page.getByRole('dialog'),
  },
  {
    name: 'delete-run',
    components: ['parts/ConfirmDialog.vue', 'pages/run/RunPage.vue'],
    path: runPage,
    open: (page) => menuItem(page, 'More', 'Delete run'),
    surface: confirmation,
  },
  {
    name: 'delete-runs',
    components: ['parts/ConfirmDialog.vue', 'pages/runs/RunsPage.vue'],
    path: () => '/runs',
    open: async (page) => {
      await page
        .getByRole('checkbox', { name: /^Select / })
        .first()
        .check();
      await button(page, 'Delete').click();
    },
    surface: confirmation,
  },
  {
    name: 'roll-back',
    components: ['parts/ConfirmDialog.vue', 'pages/run/findings/HealthPanel.vue'],
    path: ({ troubled }) => `/runs/${troubled}`,
    open: async (page) => {
      await page.getByRole('button', { name: /^\d+ findings?$/ }).click();
      await page.getByRole('button', { name: /^(Roll back to step|Restart from)/ }).click();
    },
    surface: confirmation,
  },
  {
    name: 'remove-dataset',
    components: ['parts/ConfirmDialog.vue', 'pages/datasets/DatasetPage.vue'],
    path: ({ dataset }) => `/datasets/${dataset}`,
    open: press('Remove'),
    surface: confirmation,
  },
  {
    name: 'remove-model',
    components: ['parts/ConfirmDialog.vue', 'pages/models/ModelPage.vue'],
    path: ({ model }) => `/models/look?model=${encodeURIComponent(model)}`,
    open: press('Remove'),
    surface: confirmation,
  },
];

/** These change what is in the data folder, and put it back. */
const CHANGING: readonly FloatingSurface[] = [
  {
    name: 'toast',
    components: ['parts/ToastStack.vue', 'pages/frame/AppFrame.vue'],
    path: runPage,
    open: deleteRun,
    surface: (page) => page.locator('.toast').first(),
    restore: async (page) => {
      await button(page, 'Undo').click();
      await page.locator('.toast', { hasText: 'The run was restored.' }).waitFor();
    },
  },
  {
    name: 'empty-trash',
    components: ['parts/ConfirmDialog.vue', 'pages/settings/TrashPanel.vue'],
    path: runPage,
    open: async (page) => {
      await deleteRun(page);
      await page.getByRole('link', { name: 'Settings' }).click();
      await page.getByRole('button', { name: /^Empty trash/ }).click();
    },
    surface: confirmation,
    restore: async (page) => {
      await confirmation(page).getByRole('button', { name: 'Cancel' }).click();
      await button(page, 'Restore').first().click();
      await page.getByText('The trash is empty.').waitFor();
    },
  },
];

const STUDIES_AND_CLUSTERS: readonly FloatingSurface[] = [
  {
    name: 'pick-pairs',
    components: ['pages/pick/ObjectPicker.vue', 'pages/new-study/StudyCommon.vue'],
    path: () => '/studies/new',
    open: async (page) => {
      await page.getByRole('checkbox', { name: /^Train the reward model in this study/ }).check();
      await picker(page, 'Preference pairs').click();
    },
    surface: listed('Preference pairs'),
  },
  {
    name: 'study-menu',
    components: ['parts/MenuButton.vue', 'pages/study/StudyPage.vue'],
    path: ({ study }) => `/studies/${study}`,
    open: press('More about this study'),
    surface: (page) => page.getByRole('menu'),
  },
  {
    name: 'remove-cluster',
    components: ['parts/ConfirmDialog.vue', 'pages/settings/ClusterEntry.vue'],
    path: () => '/settings#clusters',
    open: press(`Remove the cluster ${FLOATING_CLUSTER.name}`),
    surface: confirmation,
  },
];

/** Every menu, popover, select, dialog, message and hint of the page. */
export const FLOATING_SURFACES: readonly FloatingSurface[] = [
  ...MENUS,
  ...PICKERS,
  ...DIALOGS,
  ...STUDIES_AND_CLUSTERS,
  ...CHANGING,
];

const PORTALED = /\b[A-Z]\w*(?:Portal|Content)\b/;
const IMPORTED = /import \{([^}]*)\} from 'reka-ui'/;
const FLOATING_CLASS = /class="[^"]*\bfloating\b/;

function nameOf({ path }: SourceFile): string {
  return path.slice('src-renderer/'.length);
}

/** Components that draw something over the page: by a portal or content of reka-ui, or by the class `floating`. */
function drawingComponents(files: readonly SourceFile[]): readonly SourceFile[] {
  return files.filter(({ text }) => PORTALED.test(IMPORTED.exec(text)?.[1] ?? '') || FLOATING_CLASS.test(text));
}

/** Components below src-renderer that draw something over the page, and those that ask one of them for it. */
export function floatingComponents(): readonly string[] {
  const files = readSources('src-renderer').filter(({ path }) => path.endsWith('.vue'));
  const drawing = drawingComponents(files);
  const tags = drawing.map((file) => nameOf(file).split('/').at(-1)!.replace('.vue', ''));
  const asking = files.filter(({ text }) => tags.some((tag) => new RegExp(`<${tag}\\b`).test(text)));
  return [...new Set([...drawing, ...asking].map(nameOf))].sort();
}
