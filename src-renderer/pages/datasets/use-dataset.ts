import { useLocalStorage } from '@vueuse/core';
import { computed } from 'vue';
import type {
  ChangedDataset,
  Dataset,
  KeptReport,
  RowChanges,
  RowsPage,
  TokenView,
} from '#contract/api/library/dataset-library.ts';
import { pageError } from '../../state/page-error.ts';
import { useConnection } from '../../state/use-connection.ts';
import { useRequest } from '../../state/use-request.ts';
import { useTask } from '../../state/use-task.ts';
import { useToasts } from '../../state/use-toasts.ts';

const VIEW: TokenView = { model: null, maxLength: null, truncationSide: 'left', trainOn: null, specialTokens: 'text' };
const ROWS = 20;

/** Where a page of rows starts. */
export type RowsFrom = { readonly index: number } | { readonly line: number };

/** One dataset with its report and rows. Nothing is read until requested. */
export function useDataset(dataset: number) {
  const connection = useConnection();
  const toasts = useToasts();
  const detail = useRequest((client) => client.datasets.get({ dataset }));
  const report = useTask<KeptReport>();
  const rows = useTask<RowsPage>();
  const changing = useTask<ChangedDataset>();
  const switching = useTask<Dataset>();
  /** Tokenization settings; shared by all datasets until changed. */
  const view = useLocalStorage<TokenView>('keel.token-view', VIEW, { mergeDefaults: true });

  /** Loads the saved report, or makes a new one. */
  async function check(): Promise<void> {
    const asked = { dataset, view: { ...view.value } };
    await report.start((client, signal) => client.datasets.report(asked, { signal }));
    await detail.load();
  }

  async function showRows(from: RowsFrom, count = ROWS): Promise<RowsPage | null> {
    const asked = { dataset, view: { ...view.value }, from, count };
    return await rows.start((client, signal) => client.datasets.rows(asked, { signal }));
  }

  /** Saves the column mapping. */
  async function mapColumns(columns: Record<string, string>): Promise<boolean> {
    try {
      await (await connection.api()).datasets.map({ dataset, columns });
      await detail.load();
      return true;
    } catch (error) {
      toasts.fail(pageError(error));
      return false;
    }
  }

  /** Writes a new version; null if that fails, and `changing` then holds the reason. */
  async function change(version: number, changes: RowChanges): Promise<ChangedDataset | null> {
    const asked = { dataset, version, changes };
    const written = await changing.start((client, signal) => client.datasets.change(asked, { signal }));
    if (written) await detail.load();
    return written;
  }

  /** Makes another version the one that runs read. */
  async function useVersion(version: number): Promise<boolean> {
    const done = await switching.start((client, signal) =>
      client.datasets.useVersion({ dataset, version }, { signal }),
    );
    if (switching.error.value) toasts.fail(switching.error.value);
    if (done) await detail.load();
    return done !== null;
  }

  const isBusy = computed(() => report.isWorking.value || rows.isWorking.value);
  return { detail, report, rows, changing, view, isBusy, check, showRows, mapColumns, change, useVersion };
}
