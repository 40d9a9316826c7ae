import type { ResumePlan } from './api/runs/resume-plan.ts';

type NameOf = (stage: string) => string;

const POINTS = { start: 'the start', end: 'the end' } as const;

function pointOf({ from, step }: ResumePlan): string {
  return from === 'checkpoint' ? `step ${step}` : POINTS[from];
}

/** Where a resume starts: `stage 2 of 2 (apa), step 20`, `step 12`, `the start`. */
export function resumePlace(plan: ResumePlan, nameOf: NameOf = (name) => name): string {
  const { stage } = plan;
  const point = pointOf(plan);
  return stage ? `stage ${stage.number} of ${stage.of} (${nameOf(stage.name)}), ${point}` : point;
}

/** The same in short form: `stage 2, step 20`, `step 12`. */
export function shortResumePlace(plan: ResumePlan): string {
  const point = pointOf(plan);
  return plan.stage ? `stage ${plan.stage.number}, ${point}` : point;
}

/** What a resume will do, in one clause: `resume at stage 2 of 2 (apa) from step 20`. */
export function resumeWords({ from, step, stage }: ResumePlan, nameOf: NameOf = (name) => name): string {
  if (from === 'end') return 'finish: every stage is done';
  const at = stage ? ` at stage ${stage.number} of ${stage.of} (${nameOf(stage.name)})` : '';
  if (from === 'checkpoint') return `resume${at} from step ${step}`;
  const isUntouched = !stage || stage.number === 1;
  return isUntouched ? `start again${at}` : `resume${at} from its start`;
}
