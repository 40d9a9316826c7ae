import { shallowRef } from 'vue';
import { pageError } from '../../../state/page-error.ts';
import { useConnection } from '../../../state/use-connection.ts';
import { useToasts } from '../../../state/use-toasts.ts';
import { type DraftContent, readDraftContent, writeDraft } from './draft-content.ts';

export interface KeptDraft extends DraftContent {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly updatedAt: number;
}

/** Replaced drafts of a form. They stay until the user restores or removes them. */
export function useKeptDrafts(form: string) {
  const connection = useConnection();
  const toasts = useToasts();
  const prefix = `${form}-kept-`;
  const drafts = shallowRef<readonly KeptDraft[]>([]);

  /** Throws if they cannot be read. */
  async function refresh(): Promise<void> {
    const listed = await (await connection.api()).drafts.list({ prefix });
    drafts.value = listed.map(({ name, text, updatedAt }) => ({ name, updatedAt, ...readDraftContent(text) }));
  }

  async function save(name: string, content: DraftContent): Promise<void> {
    await (await connection.api()).drafts.save({ name, text: writeDraft(content) });
    await refresh();
  }

  /** Saves a draft, unless one with the same content exists. Throws if it cannot be saved. */
  async function keep(content: DraftContent): Promise<void> {
    await refresh();
    const isThere = drafts.value.some((draft) => writeDraft(draft) === writeDraft(content));
    if (!isThere) await save(`${prefix}${Date.now()}`, content);
  }

  /** Removes a draft. Throws if that fails. */
  async function forget({ name }: KeptDraft): Promise<void> {
    await (await connection.api()).drafts.remove({ name });
    await refresh();
  }

  /** Removes a draft and offers to undo; shows an error if that fails. */
  async function remove(draft: KeptDraft): Promise<void> {
    const restore = () => void save(draft.name, draft).catch((error: unknown) => toasts.fail(pageError(error)));
    try {
      await forget(draft);
      toasts.offerUndo('The draft was removed.', restore);
    } catch (error) {
      toasts.fail(pageError(error));
    }
  }

  return { drafts, refresh, keep, forget, remove };
}
