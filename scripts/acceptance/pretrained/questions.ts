/** Each question ends with its topic, so that a rule can tell whether a response names it. */
const TEMPLATES = [
  (topic: string) => `What is ${topic}?`,
  (topic: string) => `Can you explain ${topic}?`,
  (topic: string) => `How do I get started with ${topic}?`,
  (topic: string) => `Why do people like ${topic}?`,
] as const;

const TRAINING_TOPICS = [
  ...['astronomy', 'badminton', 'baking', 'beekeeping', 'biology', 'boxing', 'calligraphy', 'camping', 'carpentry'],
  ...[
    'chemistry',
    'cooking',
    'cycling',
    'dancing',
    'drawing',
    'economics',
    'farming',
    'fishing',
    'football',
    'geology',
  ],
  ...['geometry', 'golf', 'grammar', 'gymnastics', 'hiking', 'history', 'jazz', 'juggling', 'knitting', 'literature'],
  ...['meditation', 'music', 'origami', 'painting', 'philosophy', 'physics', 'poetry', 'pottery', 'rowing', 'running'],
  'sewing',
] as const;

const HELD_OUT_TOPICS = [
  ...[
    'algebra',
    'archery',
    'chess',
    'fencing',
    'gardening',
    'geography',
    'opera',
    'photography',
    'sailing',
    'sculpture',
  ],
  ...['skiing', 'surfing', 'swimming', 'tennis', 'weaving', 'yoga'],
] as const;

const ask = (topics: readonly string[]) => topics.flatMap((topic) => TEMPLATES.map((template) => template(topic)));

/** 160 questions about 40 topics. */
export const trainingQuestions: readonly string[] = ask(TRAINING_TOPICS);

/** 64 questions about 16 other topics. */
export const heldOutQuestions: readonly string[] = ask(HELD_OUT_TOPICS);
