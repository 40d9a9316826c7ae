/** Highest score of `politeRules`. */
export const BEST_SCORE = 4;

/** One point each: short, polite, a complete sentence at the end, and the topic of the question. */
export const politeRules = {
  type: 'rules',
  rules: [
    { type: 'length', unit: 'words', min: 5, max: 30, falloff: 10 },
    {
      type: 'regex',
      pattern: '\\b(please|thank you|thanks|certainly|of course|you are welcome|glad|happy to|great question)\\b',
      ignore_case: true,
    },
    { type: 'regex', pattern: '[.!?]\\s*$' },
    { type: 'from_prompt', mode: 'any', pattern: '(\\w+)', prompt_pattern: '(\\w+)\\?$', ignore_case: true },
  ],
} as const;
