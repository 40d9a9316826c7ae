/** Letters whose form at the start of a word is neither themselves nor their upper case: Unicode's titlecase mapping. */
const TITLE = new Map(
  (
    'ßSs Ǆǅ ǆǅ Ǉǈ ǉǈ Ǌǋ ǌǋ Ǳǲ ǳǲ ևԵւ ﬀFf ﬁFi ﬂFl ﬃFfi ﬄFfl ﬅSt ﬆSt ﬓՄն ﬔՄե ﬕՄի ﬖՎն ﬗՄխ' +
    ' ᾀᾈ ᾁᾉ ᾂᾊ ᾃᾋ ᾄᾌ ᾅᾍ ᾆᾎ ᾇᾏ ᾐᾘ ᾑᾙ ᾒᾚ ᾓᾛ ᾔᾜ ᾕᾝ ᾖᾞ ᾗᾟ ᾠᾨ ᾡᾩ ᾢᾪ ᾣᾫ ᾤᾬ ᾥᾭ ᾦᾮ ᾧᾯ ᾳᾼ ῃῌ ῳῼ' +
    ' \u1fb2\u1fba\u0345 \u1fb4\u0386\u0345 \u1fb7\u1fbc\u0342 \u1fc2\u1fca\u0345 \u1fc4\u0389\u0345' +
    ' \u1fc7\u1fcc\u0342 \u1ff2\u1ffa\u0345 \u1ff4\u038f\u0345 \u1ff7\u1ffc\u0342'
  )
    .split(' ')
    .map((pair) => [pair.slice(0, 1), pair.slice(1)]),
);
/** Titlecase letters, and Georgian ones, which have capitals but no titlecase. */
const STAYS = /^(?:\p{Lt}|[\u10d0-\u10fa\u10fd-\u10ff])$/u;
const CASED = /^\p{Cased}$/u;
/** How far ahead decides whether a capital sigma ends a word; accents may stand between. */
const SIGMA_CONTEXT = 64;

export function titleCase(character: string): string {
  if (STAYS.test(character)) return character;
  return TITLE.get(character) ?? character.toUpperCase();
}

export function isCased(character: string): boolean {
  return CASED.test(character);
}

/** Python's `str.title`: each letter after one without case starts a word. */
export function titleWords(text: string): string {
  let afterCased = false;
  let position = 0;
  let title = '';
  for (const character of text) {
    title += afterCased ? lowerInside(character, text, position) : titleCase(character);
    afterCased = isCased(character);
    position += character.length;
  }
  return title;
}

/** Python's `str.capitalize`. */
export function capitalize(text: string): string {
  const [first = ''] = text;
  const lower = `a${text.slice(first.length)}`.toLowerCase().slice(1);
  return titleCase(first) + (isCased(first) ? lower : text.slice(first.length).toLowerCase());
}

/** The lower case of a letter that follows another: a capital sigma has two, by what comes after it. */
function lowerInside(character: string, text: string, position: number): string {
  if (character !== 'Σ') return character.toLowerCase();
  return `a${text.slice(position, position + SIGMA_CONTEXT)}`.toLowerCase().slice(1, 2);
}
