import { shallowRef } from 'vue';
import { z } from 'zod';
import type { TableOrder } from '../../parts/table/table-column.ts';
import { pageError } from '../../state/page-error.ts';
import { useConnection } from '../../state/use-connection.ts';
import { useToasts } from '../../state/use-toasts.ts';

/** How the table of runs is filtered and sorted. */
export interface RunView {
  readonly search: string;
  readonly method: string;
  readonly group: string;
  readonly order: TableOrder | null;
}

export interface NamedView extends RunView {
  readonly name: string;
  /** The name under which the host keeps it. */
  readonly key: string;
}

const PREFIX = 'runs-view-';
const viewSchema = z.object({
  name: z.string(),
  search: z.string(),
  method: z.string(),
  group: z.string(),
  order: z.object({ key: z.string(), isDescending: z.boolean() }).nullable(),
});

function read({ name: key, text }: { readonly name: string; readonly text: string }): readonly NamedView[] {
  try {
    return [{ key, ...viewSchema.parse(JSON.parse(text)) }];
  } catch {
    // Written by another version.
    return [];
  }
}

/** Named views of the table of runs; the host keeps them, so every browser has them. */
export function useRunViews() {
  const connection = useConnection();
  const toasts = useToasts();
  const views = shallowRef<readonly NamedView[]>([]);

  async function refresh(): Promise<void> {
    const kept = await (await connection.api()).drafts.list({ prefix: PREFIX });
    views.value = kept.flatMap(read).sort((one, other) => one.name.localeCompare(other.name));
  }

  /** Saves a view; one of the same name is replaced. */
  async function save(name: string, view: RunView): Promise<void> {
    const key = views.value.find((one) => one.name === name)?.key ?? `${PREFIX}${Date.now()}`;
    try {
      await (await connection.api()).drafts.save({ name: key, text: JSON.stringify({ name, ...view }) });
      await refresh();
    } catch (error) {
      toasts.fail(pageError(error));
    }
  }

  /** Removes a view and offers to undo. */
  async function remove(view: NamedView): Promise<void> {
    const { key, name, ...rest } = view;
    try {
      await (await connection.api()).drafts.remove({ name: key });
      await refresh();
      toasts.offerUndo(`The view ${name} was removed.`, () => void save(name, rest));
    } catch (error) {
      toasts.fail(pageError(error));
    }
  }
  return { views, refresh, save, remove };
}
