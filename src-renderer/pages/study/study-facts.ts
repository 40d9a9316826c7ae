import { valueAt } from '#contract/config/index.ts';

type Fact = readonly [term: string, text: string];

/** The last part of a path; for what a run has made, also which run. */
function nameOf(text: unknown): string {
  const [, maker, made] = /^(?:run|stage):([^/]+)\/(.+)$/.exec(String(text)) ?? [];
  if (maker && made) return `${made.replaceAll('_', ' ')} of ${maker}`;
  return String(text).split(/[\\/]/).filter(Boolean).at(-1) ?? String(text);
}

/** What scores a response, in a few words. */
function scorerWords(scorer: unknown): string | null {
  const type = valueAt(scorer, 'type');
  if (type === 'model') return nameOf(valueAt(scorer, 'model'));
  if (type === 'rules') return 'rules';
  return type === 'sum' ? 'a weighted sum' : null;
}

/** What all runs of a study have in common, as told on its page. */
export function studyFacts(config: Readonly<Record<string, unknown>>): readonly Fact[] {
  const { base, seeds } = config;
  const files = valueAt(base, 'data.files');
  const known: readonly (readonly [string, unknown])[] = [
    ['Start', valueAt(base, 'model') && nameOf(valueAt(base, 'model'))],
    ['Prompts', files && nameOf(Array.isArray(files) ? files[0] : files)],
    ['Trained by', scorerWords(valueAt(base, 'reward'))],
    ['Judged by', scorerWords(valueAt(base, 'judge')) ?? 'no judge'],
    ['Iterations', valueAt(base, 'updates.total_iterations')],
    ['Seeds', Array.isArray(seeds) ? seeds.join(', ') : null],
  ];
  return known.flatMap(([term, text]) => (text === null || text === undefined ? [] : [[term, String(text)] as const]));
}
