import { ref } from 'vue';
import { type LocationQuery, useRoute, useRouter } from 'vue-router';
import { pageError } from '../../../state/page-error.ts';
import { useToasts } from '../../../state/use-toasts.ts';
import type { useNewRun } from '../use-new-run.ts';
import { configForDataset, firstConfig, isTouched } from './begun-config.ts';
import type { DraftContent } from './draft-content.ts';
import { useDraftText } from './use-draft-text.ts';
import { type KeptDraft, useKeptDrafts } from './use-kept-drafts.ts';

type NewRun = ReturnType<typeof useNewRun>;

/** The draft requested by the address: a copy of a run's config, or a run on a dataset; null for neither. */
async function wantedDraft(
  { like, dataset }: LocationQuery,
  newRun: NewRun,
  home: string,
): Promise<DraftContent | null> {
  if (typeof like === 'string') {
    const { text, baseFolder } = await newRun.configOf(like);
    return { text, baseFolder: baseFolder === home ? null : baseFolder };
  }
  if (typeof dataset !== 'string') return null;
  return { text: configForDataset(await newRun.datasetOf(Number(dataset))), baseFolder: null };
}

/** The draft in the new-run form: its initial content, and how another draft replaces it without losing it. */
export function useFormDraft(newRun: NewRun) {
  const route = useRoute();
  const router = useRouter();
  const toasts = useToasts();
  const kept = useDraftText('new-run');
  const others = useKeptDrafts('new-run');
  const home = ref('');
  const current = (): DraftContent => ({ text: kept.text.value, baseFolder: kept.baseFolder.value });

  /** Saves a draft separately, so that another one can replace it. Throws if that fails. */
  async function putAside(draft: DraftContent): Promise<void> {
    if (!isTouched(draft.text)) return;
    await others.keep(draft);
    toasts.say('Your previous draft was saved.');
  }

  /** Fills the form with the requested draft, or with the one from last time. Throws if it cannot be read. */
  async function begin(): Promise<void> {
    home.value = await newRun.home();
    const draft = await kept.load();
    const wanted = await wantedDraft(route.query, newRun, home.value);
    if (wanted && draft && wanted.text !== draft.text)
      await putAside({ text: draft.text, baseFolder: draft.baseFolder });
    await kept.begin(wanted ?? draft ?? { text: firstConfig(), baseFolder: null });
    // From here on it is a draft like any other: a reload must not start over.
    if (wanted) await router.replace('/runs/new');
    await others.refresh();
  }

  /** Replaces the draft in the form, which is saved first; if saving fails, nothing changes. */
  async function replaceBy(next: DraftContent): Promise<boolean> {
    try {
      await putAside(current());
      await kept.begin(next);
      return kept.state.value !== 'failed';
    } catch (caught) {
      toasts.fail(pageError(caught));
      return false;
    }
  }

  /** Replaces the text and keeps the folder. */
  const replaceText = (text: string) => replaceBy({ ...current(), text });

  /** Restores a saved draft to the form. */
  async function take(draft: KeptDraft): Promise<void> {
    if (!(await replaceBy(draft))) return;
    await others.forget(draft).catch((caught: unknown) => toasts.fail(pageError(caught)));
  }
  return { kept, others, home, begin, replaceText, take };
}
