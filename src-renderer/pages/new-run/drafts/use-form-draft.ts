import { ref } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { recipeTitle } from '#contract/page-words.ts';
import { pageError } from '../../../state/page-error.ts';
import { useToasts } from '../../../state/use-toasts.ts';
import type { useNewRun } from '../use-new-run.ts';
import { firstConfig, isTouched } from './begun-config.ts';
import type { DraftContent } from './draft-content.ts';
import { switchMethod } from './switch-method.ts';
import { useDraftText } from './use-draft-text.ts';
import { type KeptDraft, useKeptDrafts } from './use-kept-drafts.ts';
import { wantedDraft } from './wanted-draft.ts';

/** Fields that a message names. */
const NAMED = 4;

type NewRun = ReturnType<typeof useNewRun>;

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

  /** Switches the method and keeps what both methods have; what is left out is named and can be brought back. */
  async function switchTo(recipe: string): Promise<void> {
    const before = kept.text.value;
    const { text, dropped } = switchMethod(before, recipe);
    // To and from a pipeline, everything changes its place, and comments do not follow.
    const isRewritten = recipe === 'pipeline' || /^recipe: pipeline$/m.test(before);
    if (isRewritten) {
      if (!(await replaceText(text))) return;
    } else kept.text.value = text;
    if (dropped.length === 0) return;
    const names = dropped.slice(0, NAMED).join(', ') + (dropped.length > NAMED ? ', …' : '');
    toasts.offerUndo(`${recipeTitle(recipe)} has no use for ${names}: left out.`, () => {
      kept.text.value = before;
    });
  }

  /** Restores a saved draft to the form. */
  async function take(draft: KeptDraft): Promise<void> {
    if (!(await replaceBy(draft))) return;
    await others.forget(draft).catch((caught: unknown) => toasts.fail(pageError(caught)));
  }
  return { kept, others, home, begin, replaceText, switchTo, take };
}
