/**
 * `node make-data.mjs FOLDER`: writes the tutorial's data, three small files about visits to public places. Replace them
 * with data of your own in the same columns. The same seed gives the same bytes.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PLACES = ['museum', 'library', 'garden', 'market', 'tower', 'harbor', 'theater', 'station'];
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const QUESTIONS = [
  (place, day) => `Can I visit the ${place} on ${day}?`,
  (place, day) => `Is the ${place} open on ${day}?`,
  (place, day) => `We would like to see the ${place} on ${day}. Is that possible?`,
  (place, day) => `I have time on ${day}. Can I see the ${place} then?`,
];
const ANSWERS = [
  (place, day) => `Yes, the ${place} is open on ${day}.`,
  (place, day) => `Yes, you can visit the ${place} on ${day}.`,
  (place, day) => `On ${day} the ${place} is open.`,
];
const SHORT = [() => 'Yes.', (place) => `The ${place} is open.`, (_, day) => `${day} is fine.`];
const FRIENDLY = [' We look forward to your visit!', ' Enjoy your visit!', ' You are very welcome!'];

/** Numbers in [0, 1) by a linear congruential generator. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const random = generator(7);
const pick = (list) => list[Math.floor(random() * list.length)];
const asPrompt = (question) => `Visitor: ${question}\nDesk:`;

/** An exchange: the prompt, and a full, a short, a friendly, and a rambling response. */
function exchange(question, place, day) {
  const full = ` ${pick(ANSWERS)(place, day)}`;
  return {
    prompt: asPrompt(question(place, day)),
    full,
    short: ` ${pick(SHORT)(place, day)}`,
    friendly: full + pick(FRIENDLY),
    rambling: `${full} ${pick(ANSWERS)(place, day)} ${pick(SHORT)(place, day)}`,
  };
}

/**
 * A pair of responses, the better one first: friendly is better than full, full is better than short or rambling. One
 * rater in ten sees it the other way round.
 */
function pair({ full, short, friendly, rambling }) {
  const [better, worse] = pick([
    [friendly, full],
    [full, short],
    [friendly, rambling],
    [full, rambling],
  ]);
  return random() < 0.1 ? [worse, better] : [better, worse];
}

function shuffled(list) {
  const keyed = list.map((item) => ({ item, key: random() }));
  return keyed.sort((one, other) => one.key - other.key).map(({ item }) => item);
}

const questions = shuffled(
  PLACES.flatMap((place) => DAYS.flatMap((day) => QUESTIONS.map((question) => [question, place, day]))),
);
const exchanges = [0, 1, 2, 3].flatMap(() => questions.map(([question, place, day]) => exchange(question, place, day)));
const folder = process.argv[2] ?? '.';
const write = (name, rows) =>
  writeFileSync(join(folder, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

mkdirSync(folder, { recursive: true });
// What the model imitates first: responses of every kind.
write(
  'replies.jsonl',
  exchanges.map(({ prompt, ...kinds }) => ({ prompt, completion: pick(Object.values(kinds)) })),
);
// What people prefer.
write(
  'preferences.jsonl',
  exchanges.map((one) => {
    const [chosen, rejected] = pair(one);
    return { prompt: one.prompt, chosen, rejected };
  }),
);
// What the model practices on.
write(
  'prompts.jsonl',
  questions.map(([question, place, day]) => ({ prompt: asPrompt(question(place, day)) })),
);
