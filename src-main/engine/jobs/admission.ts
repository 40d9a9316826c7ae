import { resolveRecipeConfig } from '#contract/config/index.ts';
import type { Fault } from '#contract/errors.ts';
import { REFERENCE } from '#contract/ids.ts';
import type { JobOf } from '../protocol.ts';
import { checkAdmission } from '../session/admission/check-admission.ts';
import { checkCorpus } from '../session/admission/data-faults.ts';
import type { Progress } from '../session/context.ts';
import type { JobContext } from './job-context.ts';

type Part = JobOf<'admission'>['parts'][number];

/** A reference without a location has a fault already, or will exist only when an earlier stage has ended. */
function locator({ locations }: Part): (named: string) => string | null {
  return (named) => locations[named] ?? (REFERENCE.test(named) ? null : named);
}

/** Checks one or several configs without loading weights, and reports all of their faults together. */
export async function admission(job: JobOf<'admission'>, { tell }: JobContext): Promise<void> {
  const until = performance.now() + job.seconds * 1000;
  const goesOn = () => performance.now() < until;
  const faults: Fault[] = [];
  const notes: string[] = [];
  for (const part of job.parts) {
    const progress = (at: Progress) => tell({ kind: 'progress', progress: at });
    const locate = locator(part);
    const { stage, config, runFolder } = part;
    const shared = { locate, progress, goesOn };
    const checked =
      stage === 'model_init'
        ? await checkCorpus(config.corpus as readonly string[], shared)
        : await checkAdmission({ ...shared, runFolder, config: resolveRecipeConfig(config).config });
    faults.push(...checked.faults.map((fault) => ({ ...fault, where: `${part.at}${fault.where}` })));
    notes.push(...checked.notes);
  }
  tell({ kind: 'result', result: { faults, notes } });
}
