import { useDebounceFn, useEventListener } from '@vueuse/core';
import { shallowRef, watch } from 'vue';
import type { KeelError } from '#contract/errors.ts';
import { pageError } from './page-error.ts';
import { useConnection } from './use-connection.ts';

const PAUSE_MILLISECONDS = 400;

/** A text that is kept with the host while it is written, so that no reload and no other browser loses it. */
export function useDraftText(name: string) {
  const connection = useConnection();
  const text = shallowRef('');
  const state = shallowRef<'loading' | 'saved' | 'unsaved' | 'failed'>('loading');
  const error = shallowRef<KeelError | null>(null);
  let saved = '';

  async function save(): Promise<void> {
    const now = text.value;
    if (state.value === 'loading' || now === saved) return;
    try {
      const client = await connection.api();
      if (now === '') await client.drafts.remove({ name });
      else await client.drafts.save({ name, text: now });
      saved = now;
      state.value = text.value === saved ? 'saved' : 'unsaved';
      error.value = null;
    } catch (caught) {
      error.value = pageError(caught);
      state.value = 'failed';
    }
  }
  const saveSoon = useDebounceFn(save, PAUSE_MILLISECONDS);

  /** What was kept, or null where nothing was. Throws where it cannot be read. */
  async function load(): Promise<string | null> {
    const draft = await (await connection.api()).drafts.get({ name });
    saved = draft?.text ?? '';
    return draft?.text ?? null;
  }

  /** Begins with a text; from here on every change is kept. */
  function begin(first: string): void {
    text.value = first;
    state.value = first === saved ? 'saved' : 'unsaved';
    void saveSoon();
  }

  async function forget(): Promise<void> {
    text.value = '';
    await save();
  }

  watch(text, () => {
    if (state.value === 'loading') return;
    state.value = text.value === saved ? 'saved' : 'unsaved';
    void saveSoon();
  });
  useEventListener(window, 'pagehide', () => void save());
  return { text, state, error, load, begin, save, forget };
}
