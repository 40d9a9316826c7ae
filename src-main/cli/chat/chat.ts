import type { GenerateRequest } from '#contract/api/jobs.ts';
import type { ApiClient } from '#contract/api/typed-client.ts';
import { KeelError } from '#contract/errors.ts';
import { jsonLine } from '../output.ts';
import { printable } from '../render/render-dataset-report.ts';
import type { Shell } from '../shell.ts';
import { isPerson, readTurns } from './read-turns.ts';
import { type Reply, streamReply } from './stream-reply.ts';

interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** New tokens per part of an answer. */
const PART_TOKENS = 4;

const HELP = `/reset          start over (keeps the system turn)
/system TEXT    set the system turn and start over; without TEXT, remove it
/exit           leave, as Ctrl-D does; Ctrl-C ends an answer
`;

export interface ChatOptions {
  /** Everything but the messages. */
  readonly request: Omit<GenerateRequest, 'input' | 'partTokens'>;
  readonly system: string | null;
  /** Print `{"text", "ids"}` for each answer instead of its text. */
  readonly isJson: boolean;
}

/** Model text on a terminal: line breaks stay, other control characters cannot move the cursor. */
const safe = (text: string) => text.split('\n').map(printable).join('\n');

/** A conversation: its turns, and what the commands do to them. */
class Conversation {
  turns: Message[] = [];
  private system: string | null;

  constructor(system: string | null) {
    this.system = system;
  }

  messages(): readonly Message[] {
    return this.system === null ? this.turns : [{ role: 'system', content: this.system }, ...this.turns];
  }

  /** Obeys a command; returns what to tell the user, or null for text that is no command. */
  obey(line: string): string | null {
    const [, command, rest = ''] = /^\/(\w+)\s*(.*)$/.exec(line.trim()) ?? [];
    if (command === undefined) return null;
    if (command === 'help') return HELP;
    if (command === 'system') this.system = rest === '' ? null : rest;
    else if (command !== 'reset') return `Unknown command /${command}.\n${HELP}`;
    this.turns = [];
    return 'A new conversation begins.\n';
  }
}

function endRemark({ end }: Reply, maxNewTokens: number): string {
  if (end === 'length') return `(cut after ${maxNewTokens} tokens: --max-new-tokens)\n`;
  return end === 'interrupted' ? '(interrupted)\n' : '';
}

/**
 * Talks with a model until the input ends: every line is a turn of the user, answers are printed as they grow. A person
 * can go on after an error; without one, the first error ends the conversation. The model stays in memory from one turn to
 * the next.
 * Throws `canceled` on Ctrl-C at the prompt, `chat_refused`, and what loading a model throws.
 */
export async function chat(shell: Shell, client: ApiClient, options: ChatOptions): Promise<void> {
  const conversation = crypto.randomUUID();
  try {
    await talk(shell, client, { ...options, request: { ...options.request, conversation } });
  } finally {
    await client.jobs.release({ conversation });
  }
}

async function talk(shell: Shell, client: ApiClient, { request, system, isJson }: ChatOptions): Promise<void> {
  const { stdio } = shell;
  const person = isPerson(stdio);
  const conversation = new Conversation(system);
  const write = (text: string) => void (isJson || stdio.output.write(person ? safe(text) : text));
  if (person) shell.remark('Type a message. /help shows the commands; Ctrl-D leaves.\n');
  let answers = 0;
  for await (const line of readTurns(stdio)) {
    if (line.trim() === '/exit') return;
    const told = conversation.obey(line);
    if (told !== null) {
      if (person || told.startsWith('Unknown')) shell.remark(told);
      continue;
    }
    conversation.turns.push({ role: 'user', content: line });
    const input = { rows: [{ messages: conversation.messages() }] };
    const seed = (request.seed ?? 0) + answers;
    try {
      const reply = await streamReply(shell, client, { ...request, seed, input, partTokens: PART_TOKENS }, write);
      answers += 1;
      write('\n');
      if (isJson) shell.print(jsonLine({ text: reply.text, ids: reply.ids }));
      shell.remark(endRemark(reply, request.maxNewTokens ?? 0));
      conversation.turns.push({ role: 'assistant', content: reply.text });
      if (reply.end === 'interrupted' && !person) return;
    } catch (error) {
      conversation.turns.pop();
      if (!person || !(error instanceof KeelError)) throw error;
      shell.remark(`error: ${error.why}\nfix: ${error.fix}\n`);
    }
  }
}
