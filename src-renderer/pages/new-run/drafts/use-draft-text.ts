import { useDebounceFn, useEventListener } from '@vueuse/core';
import { shallowRef, watch } from 'vue';
import type { KeelError } from '#contract/errors.ts';
import { pageError } from '../../../state/page-error.ts';
import { useConnection } from '../../../state/use-connection.ts';
import { type DraftContent, readDraftContent, writeDraft } from './draft-content.ts';

const PAUSE_MILLISECONDS = 400;

/** A config that is saved on the host while it is edited, so that it survives reloads and is shared by browsers. */
export function useDraftText(name: string) {
  const connection = useConnection();
  const text = shallowRef('');
  const baseFolder = shallowRef<string | null>(null);
  const state = shallowRef<'loading' | 'saved' | 'unsaved' | 'failed'>('loading');
  const error = shallowRef<KeelError | null>(null);
  let saved = '';
  const written = () => writeDraft({ text: text.value, baseFolder: baseFolder.value });

  async function saveNow(): Promise<void> {
    const now = written();
    if (state.value === 'loading' || now === saved) return;
    try {
      const client = await connection.api();
      if (now === '') await client.drafts.remove({ name });
      else await client.drafts.save({ name, text: now });
      saved = now;
      state.value = written() === saved ? 'saved' : 'unsaved';
      error.value = null;
    } catch (caught) {
      error.value = pageError(caught);
      state.value = 'failed';
    }
  }
  /** Saves after the save that is under way, so that on the host an older text never replaces a newer one. */
  let last = Promise.resolve();
  const save = () => {
    last = last.then(saveNow);
    return last;
  };
  const saveSoon = useDebounceFn(save, PAUSE_MILLISECONDS);

  /** The saved draft, or null if there is none. Throws if it cannot be read. */
  async function load(): Promise<DraftContent | null> {
    const draft = await (await connection.api()).drafts.get({ name });
    saved = draft?.text ?? '';
    return draft && readDraftContent(draft.text);
  }

  /** Starts with a config; from then on every change is saved. */
  async function begin(first: DraftContent): Promise<void> {
    text.value = first.text;
    baseFolder.value = first.baseFolder;
    state.value = written() === saved ? 'saved' : 'unsaved';
    await save();
  }

  async function forget(): Promise<void> {
    text.value = '';
    await save();
  }

  watch([text, baseFolder], () => {
    if (state.value === 'loading') return;
    state.value = written() === saved ? 'saved' : 'unsaved';
    void saveSoon();
  });
  // A page that is going cannot wait for its turn.
  useEventListener(window, 'pagehide', () => void saveNow());
  return { text, baseFolder, state, error, load, begin, save, forget };
}
