import { KeelError } from '#contract/errors.ts';

export interface ChatTurn {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** Renders a conversation and the beginning of the next response. Throws what the template raises. */
export type RenderTurns = (turns: readonly ChatTurn[]) => string;

/** A chat template as the text between what people and the model say. */
export interface ChatPieces {
  /** Before the first message of a conversation without a system message. */
  readonly start: string;
  /** Before and after the system message; null if the template refuses one. */
  readonly system: readonly [before: string, after: string] | null;
  /** Between a user's message and the response to it. */
  readonly toAssistant: string;
  /** Between a response and the user's next message. */
  readonly toUser: string;
  /** After the last message, if it is the user's. */
  readonly afterUser: string;
  /** After the last message, if it is a response. */
  readonly afterAssistant: string;
}

const MARKS = ['keelMarkA', 'keelMarkB', 'keelMarkC', 'keelMarkD'] as const;

const user = (content: string): ChatTurn => ({ role: 'user', content });
const assistant = (content: string): ChatTurn => ({ role: 'assistant', content });
const system = (content: string): ChatTurn => ({ role: 'system', content });

/** The text around marked messages; null if a message does not occur exactly once, or not in order. */
function around(text: string, marks: readonly string[]): string[] | null {
  const parts = text.split(/keelMark[A-D]/);
  return parts.length === marks.length + 1 && [...text.matchAll(/keelMark[A-D]/g)].join() === marks.join()
    ? parts
    : null;
}

/** A rendering, or null if the template refuses the conversation. */
function tryRender(render: RenderTurns, turns: readonly ChatTurn[]): string | null {
  try {
    return render(turns);
  } catch (error) {
    if (error instanceof KeelError) return null;
    throw error;
  }
}

/** What a template in pieces renders. */
export function joinPieces(pieces: ChatPieces, turns: readonly ChatTurn[]): string {
  const [first] = turns;
  const own = first?.role === 'system' ? first.content : null;
  const said = turns.filter(({ role }) => role !== 'system');
  const start = own === null || pieces.system === null ? pieces.start : pieces.system.join(own);
  return said.reduce((text, { role, content }, at) => {
    const isLast = at === said.length - 1;
    if (role === 'user') return text + content + (isLast ? pieces.afterUser : pieces.toAssistant);
    return text + content + (isLast ? pieces.afterAssistant : pieces.toUser);
  }, start);
}

function piecesIn(render: RenderTurns): ChatPieces | null {
  const [a, b, c, d] = MARKS;
  const long = tryRender(render, [user(a), assistant(b), user(c)]);
  const ended = tryRender(render, [user(a), assistant(b)]);
  const [start, toAssistant, toUser, afterUser] = (long && around(long, [a, b, c])) || [];
  const afterAssistant = (ended && around(ended, [a, b]))?.at(2);
  if (start === undefined || afterUser === undefined || afterAssistant === undefined) return null;
  const with1 = tryRender(render, [system(d), user(a)]);
  const parts = with1 === null ? null : around(with1, [d, a]);
  if (with1 !== null && parts === null) return null;
  const found = parts && ([parts[0] as string, parts[1] as string] as const);
  return {
    start,
    system: found,
    toAssistant: toAssistant as string,
    toUser: toUser as string,
    afterUser,
    afterAssistant,
  };
}

/** Conversations on which pieces and template must agree; some templates refuse a system message. */
const PLAIN: readonly (readonly ChatTurn[])[] = [
  [user('Hi')],
  [user('One?\nTwo!'), assistant('Yes: "1" {2} <3>'), user('And?')],
  [user('a'), assistant('b'), user('c'), assistant('d'), user('e')],
  [user('a'), assistant('b'), user('c'), assistant('d')],
  [system('Be brief.'), user('Hi')],
  [
    system('Be brief.\nBe kind.'),
    user('a'),
    assistant('b'),
    user('c'),
    assistant('d'),
    user('e'),
    assistant('f'),
    user('g'),
  ],
];

/** What only some conversations have, and what a template in pieces does about it. */
const SPECIAL: readonly (readonly [turns: readonly ChatTurn[], remark: string])[] = [
  [
    [user(' Hi '), assistant('\nHello. '), user('So?\n')],
    "The model's template removes white space around messages, which Ollama's cannot.",
  ],
  [
    [user('Hi'), assistant('<think>\nHm.\n</think>\n\nHello.'), user('So?')],
    "The model's template leaves out the reasoning of earlier responses, which Ollama's cannot.",
  ],
];

export interface FoundPieces {
  readonly pieces: ChatPieces;
  /** Conversations that Ollama renders otherwise than the model's template. */
  readonly remarks: readonly string[];
}

/** A template in pieces, checked against what it renders; or why it has none. */
export function findPieces(render: RenderTurns): FoundPieces | { readonly why: string } {
  const pieces = piecesIn(render);
  if (!pieces) return { why: "the model's chat template is more than fixed text around messages" };
  const differs = (turns: readonly ChatTurn[]) => tryRender(render, turns) !== joinPieces(pieces, turns);
  const checked = PLAIN.filter(([first]) => pieces.system !== null || first?.role !== 'system');
  if (checked.some(differs)) return { why: "the model's chat template writes messages differently by their place" };
  const remarks = SPECIAL.filter(([turns]) => differs(turns)).map(([, remark]) => remark);
  const refusal = "The model's template refuses a system message; Ollama leaves it out.";
  return { pieces, remarks: pieces.system === null ? [...remarks, refusal] : remarks };
}
