import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../architecture/source-tree.ts';
import { freshTinyWorld } from '../support/fresh-tiny-world.ts';
import type { TinyWorld } from '../support/tiny-world.ts';
import { startProgram } from './keel-process.ts';

/** The small model looks at its last token more than at the others: here, that depends on the whole conversation. */
const TEMPLATE =
  "{% for m in messages %}{{ '<' + m.role + '> ' + m.content + '\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ messages | map(attribute='content') | join | length }}{% endif %}";

let world: TinyWorld;
beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  return fresh.remove;
});

/** `keel generate` on the tiny model, with the real engine. */
function generate(args: readonly string[], input: string) {
  const program = [join(ROOT, 'src-main/cli/main.ts'), 'generate', '--model', 'model', '--temperature', '0', ...args];
  const env = { ...process.env, KEEL_HOME: join(world.folder, 'home') };
  return startProgram({ path: process.execPath, args: program, folder: world.folder, env, input }).ended;
}

const SHORT = ['--max-new-tokens', '6'];

describe('keel generate --chat', { timeout: 120_000 }, () => {
  test('without a chat template says what to do instead', async () => {
    const { code, err } = await generate(['--chat', ...SHORT], 'Hello\n');
    expect([code, err]).toEqual([1, expect.stringMatching(/no chat template\.\nfix: Use --prompt for plain text/)]);
  });

  test('sends the whole conversation each time, and forgets it on /reset', async () => {
    writeFileSync(join(world.model, 'chat_template.jinja'), TEMPLATE);
    const lines = ['My lamp broke.', 'And now?', '/reset', 'And now?', '/sytem x', '/exit', 'never sent'];
    const {
      code,
      lines: told,
      err,
    } = await generate(['--chat', '--json', '--system', 'Be kind.', ...SHORT], lines.join('\n'));
    expect([code, told.length, err]).toEqual([0, 3, expect.stringContaining('Unknown command /sytem.')]);
    const system = { role: 'system', content: 'Be kind.' };
    const [first, second] = ['My lamp broke.', 'And now?'].map((content) => ({ role: 'user', content }));
    const answer = { role: 'assistant', content: told[0]?.text };
    const whole = [
      [system, first],
      [system, first, answer, second],
      [system, second],
    ];
    const rows = whole.map((messages) => JSON.stringify({ messages })).join('\n');
    const single = await generate(['--input', '-', ...SHORT], rows);
    expect(told).toEqual(single.lines);
    // Otherwise, the comparison would not notice a conversation that is not sent.
    expect(told[2]?.ids).not.toEqual(told[1]?.ids);
  });

  test('prints the answers as text; one that does not fit the context fails and says so', async () => {
    const { code, out, err } = await generate(['--chat', ...SHORT], 'My lamp broke.\nAnd now?\n');
    const json = await generate(['--chat', '--json', ...SHORT], 'My lamp broke.\nAnd now?\n');
    expect([code, out]).toEqual([0, json.lines.map(({ text }) => `${text}\n`).join('')]);
    expect(err).toContain('(cut after 6 tokens: --max-new-tokens)');
    const full = await generate(['--chat', '--max-new-tokens', '96'], 'Hello\n');
    expect([full.code, full.err]).toEqual([
      1,
      expect.stringMatching(/exceeds the model's limit of 96\.\nfix: Start over/),
    ]);
  });

  test('takes one kind of input', async () => {
    const both = await generate(['--chat', '--prompt', 'x'], '');
    const system = await generate(['--prompt', 'x', '--system', 'y'], '');
    expect([both.code, both.err, system.code, system.err]).toEqual([
      ...[1, expect.stringContaining('Exactly one of --prompt TEXT, --input FILE, and --chat')],
      ...[1, expect.stringContaining('--chat is missing')],
    ]);
  });
});
