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

/** What the form was opened for: a run like another one, or a run on a dataset; null for neither. */
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

/** The draft in the form of a new run: what it begins with, and how another one takes its place without losing it. */
export function useFormDraft(newRun: NewRun) {
  const route = useRoute();
  const router = useRouter();
  const toasts = useToasts();
  const kept = useDraftText('new-run');
  const others = useKeptDrafts('new-run');
  const home = ref('');
  const current = (): DraftContent => ({ text: kept.text.value, baseFolder: kept.baseFolder.value });

  /** Puts a draft aside, so that another one can take its place. Throws where that fails. */
  async function putAside(draft: DraftContent): Promise<void> {
    if (!isTouched(draft.text)) return;
    await others.keep(draft);
    toasts.say('Your earlier draft was kept.');
  }

  /** Fills the form with what it was opened for, or with the draft of last time. Throws where that cannot be read. */
  async function begin(): Promise<void> {
    home.value = await newRun.home();
    const draft = await kept.load();
    const wanted = await wantedDraft(route.query, newRun, home.value);
    if (wanted && draft && wanted.text !== draft.text)
      await putAside({ text: draft.text, baseFolder: draft.baseFolder });
    await kept.begin(wanted ?? draft ?? { text: firstConfig(), baseFolder: null });
    // From here on it is a draft like any other: a reload must not begin anew.
    if (wanted) await router.replace('/runs/new');
    await others.refresh();
  }

  /** Takes a draft in the place of the one in the form, which is kept; nothing changes where it cannot be. */
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

  /** The same with another text over the same folder. */
  const replaceText = (text: string) => replaceBy({ ...current(), text });

  /** Takes a kept draft back into the form. */
  async function take(draft: KeptDraft): Promise<void> {
    if (!(await replaceBy(draft))) return;
    await others.forget(draft).catch((caught: unknown) => toasts.fail(pageError(caught)));
  }
  return { kept, others, home, begin, replaceText, take };
}
