import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { compileTemplate } from '#engine/tokenizer/chat/bounded-template.ts';

const template = (name: string) =>
  readFileSync(
    fileURLToPath(new URL(`../../fixtures/chat-templates/templates/${name}.jinja`, import.meta.url)),
    'utf8',
  );

/** Why a template refuses turns of these roles; null if it renders them. */
function refusal(name: string, roles: readonly string[]): string | null {
  const messages = roles.map((role) => ({ role, content: 'x' }));
  try {
    compileTemplate(template(name))({ messages, bos_token: '<s>', eos_token: '</s>' });
    return null;
  } catch (error) {
    return (error as { why?: string }).why ?? String(error);
  }
}

it.each([
  [
    'llama2',
    ['assistant', 'user'],
    'The conversation starts with the assistant: put a user turn before its first turn',
  ],
  ['gemma2', ['assistant', 'user', 'assistant'], 'The conversation starts with the assistant: put a user turn before'],
  ['mistral-v1', ['user', 'user', 'assistant'], 'Turns 1 and 2 are both of the role user: join them.'],
  ['llama2', ['user', 'assistant', 'assistant'], 'Turns 2 and 3 are both of the role assistant: join them.'],
  ['gemma2', ['system', 'user'], 'move its text into the first user turn.'],
  ['gemma2', ['user', 'system'], 'Turn 2 is a system turn: make it the first turn, or remove it.'],
])('%s says what to change about turns of %j', (name, roles, words) => {
  expect(refusal(name, roles)).toContain(words);
});

it('says nothing about turns that a template takes, and nothing beside its own words if their order is right', () => {
  expect(refusal('llama2', ['user', 'assistant', 'user'])).toBe(null);
  const refuses = () =>
    compileTemplate('{{ raise_exception("never.") }}')({ messages: [{ role: 'user', content: 'x' }] });
  expect(refuses).toThrow(expect.objectContaining({ why: 'The chat template rejected these messages: never.' }));
});
