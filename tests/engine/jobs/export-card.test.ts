import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { tellOfJob } from '../../support/run-job.ts';
import { runtimeKinds } from '../../support/runtimes.ts';
import type { TinyWorld } from '../../support/tiny-world.ts';

const PYTHON = process.env.KEEL_TEST_PYTHON;

let world: TinyWorld;
beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  return fresh.remove;
});

/** Ends each turn with EOS and a line break, as ChatML does with its own token. */
const ENDED =
  "{% for m in messages %}{{ '<' + m.role + '> ' + m.content + '<|endoftext|>\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<assistant>' }}{% endif %}";
const OPEN = "{% for m in messages %}{{ m.role + ': ' + m.content + '\n' }}{% endfor %}";

function withTemplate(source: string, template: string | null): string {
  const folder = mkdtempSync(join(tmpdir(), 'keel-chat-model-'));
  cpSync(source, folder, { recursive: true });
  if (template !== null) writeFileSync(join(folder, 'chat_template.jinja'), template);
  return folder;
}

async function job(request: Parameters<typeof tellOfJob>[1]) {
  const runtime = await runtimeKinds[0]!.start();
  try {
    return await tellOfJob(runtime, request);
  } finally {
    runtime.dispose();
  }
}

async function exported(what: 'policy' | 'reward_model', template: string | null, record = {}) {
  const source = withTemplate(what === 'policy' ? world.model : world.rewardModel, template);
  const out = join(mkdtempSync(join(tmpdir(), 'keel-card-')), 'out');
  await job({ kind: 'export', format: 'hf', what, record, source, out, force: false });
  const card = readFileSync(join(out, 'README.md'), 'utf8');
  return { source, out, card, program: /```python\n([\s\S]*?)\n```/.exec(card)?.[1] ?? '' };
}

it('a policy with a chat template is used through it, and the card shows what a question becomes', async () => {
  const { card, program } = await exported('policy', ENDED);
  expect(program).toContain('tokenizer.apply_chat_template(messages, add_generation_prompt=True');
  const shown = '```text\n<user> Where is my order?<|endoftext|>\n<assistant>\n```';
  expect(card).toContain(`It receives a question as\n\n${shown}\n\nand its answer ends with \`<|endoftext|>\`.`);
});

it('a model without one is used with plain text', async () => {
  const { card, program } = await exported('policy', null);
  expect(program).toContain('tokenizer("Hello", return_tensors="pt")');
  expect(card).not.toContain('Chat form');
});

it('the metrics of the card are those of the training, without time and memory', async () => {
  const metrics = { 'eval/reward': 1, 'time/iteration': 3, 'system/memory_bytes': 5, loss: 0.5 };
  const { card } = await exported('policy', null, { metrics });
  const [, section = ''] = card.split(/^## Metrics$|^## Replay$/m);
  const rows = [...section.matchAll(/^\| ([a-z/_]+) \| [0-9.]+ \|$/gm)].map(([, key]) => key);
  expect(rows).toEqual(['eval/reward', 'loss']);
});

const PROGRAMS = [
  ['policy', null],
  ['policy', ENDED],
  ['reward_model', null],
  ['reward_model', ENDED],
  ['reward_model', OPEN],
] as const;

it.runIf(PYTHON)(
  'the programs run, and give the reward that Keel gives (KEEL_TEST_PYTHON)',
  { timeout: 300_000 },
  async () => {
    for (const [what, template] of PROGRAMS) {
      const { out, program } = await exported(what, template);
      const told = execFileSync(PYTHON ?? '', ['-c', program], { cwd: out, encoding: 'utf8' });
      if (what === 'policy') continue;
      const messages = [
        { role: 'user', content: 'Where is my order?' },
        { role: 'assistant', content: 'On its way.' },
      ];
      const row = template === null ? { text: 'Hello' } : { messages };
      const { rows } = await job({ kind: 'reward', model: out, input: { rows: [row] }, specialTokens: 'text' });
      const { reward } = rows[0] as { reward: number };
      process.stdout.write(`card of ${what}: ${told.trim()}, Keel ${reward}\n`);
      expect(Number(told)).toBeCloseTo(reward, 4);
    }
  },
);
it.skipIf(PYTHON)('the programs were not run: set KEEL_TEST_PYTHON to a Python with transformers', () => {});
