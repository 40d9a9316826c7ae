import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type ChatTurn, findPieces, joinPieces } from '#engine/jobs/export/chat-pieces.ts';
import { goTemplate } from '#engine/jobs/export/go-template.ts';
import { modelfile } from '#engine/jobs/export/modelfile.ts';
import { compileTemplate } from '#engine/tokenizer/chat/bounded-template.ts';
import { loadTokenizer } from '#engine/tokenizer/files/load-tokenizer.ts';
import { writeSmallTokenizer } from '../../support/small-tokenizer.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const TEMPLATES = join(FIXTURES, 'chat-templates/templates');

// Rendered by jinja2 in the environment of transformers; see make_modelfile.py.
const expected = JSON.parse(gunzipSync(readFileSync(join(FIXTURES, 'gguf/modelfile.json.gz'))).toString()) as {
  readonly conversations: readonly (readonly ChatTurn[])[];
  readonly tokens: Readonly<Record<string, unknown>>;
  readonly texts: Readonly<Record<string, readonly (string | null)[]>>;
};

const sourceOf = (name: string) => readFileSync(join(TEMPLATES, `${name}.jinja`), 'utf8');

function found(name: string) {
  const render = compileTemplate(sourceOf(name));
  return findPieces((messages) => render({ ...expected.tokens, messages, add_generation_prompt: true }));
}

const all = readdirSync(TEMPLATES).map((name) => name.replace('.jinja', ''));
const expressible = all.flatMap((name) => {
  const one = found(name);
  return 'why' in one ? [] : [{ name, ...one }];
});
/** Conversations that jinja2 renders, with the text; a refused system message is none. */
const rendered = (name: string) =>
  expected.conversations.flatMap((messages, at) => {
    const text = expected.texts[name]?.[at];
    return typeof text === 'string' ? [{ messages, text }] : [];
  });

test('35 of 42 chat templates are fixed text around messages', () => {
  expect(expressible.map(({ name }) => name)).toMatchInlineSnapshot(`
    [
      "chatml",
      "cohere-r7b",
      "command-r-tools",
      "command-r",
      "deepseek-r1",
      "deepseek-v3",
      "exaone",
      "gemma2",
      "gemma3",
      "generation-marks",
      "glm4",
      "gpt-oss",
      "granite3",
      "internlm2",
      "jamba",
      "llama2",
      "llama3.1-tools",
      "llama3",
      "llama4",
      "minicpm",
      "mistral-tekken",
      "mistral-v1",
      "nemotron",
      "olmo2",
      "openchat",
      "phi3",
      "phi4-mini",
      "qwen2.5",
      "qwen3-coder",
      "smollm2",
      "smollm3",
      "stablelm2",
      "tinyllama",
      "vicuna",
      "zephyr",
    ]
  `);
});

test.each(expressible)('$name in pieces renders what jinja2 renders', ({ name, pieces }) => {
  const own = rendered(name).map(({ messages }) => joinPieces(pieces, messages));
  expect(own.length).toBeGreaterThanOrEqual(3);
  expect(own).toEqual(rendered(name).map(({ text }) => text));
});

const hasGo = spawnSync('go', ['version']).status === 0;

test.skipIf(!hasGo)(
  `Go's text/template renders what jinja2 renders${hasGo ? '' : ' (skipped: no go on the path)'}`,
  {
    timeout: 180_000,
  },
  () => {
    const cases = expressible.flatMap(({ name, pieces }) =>
      rendered(name).map(({ messages, text }) => {
        const [first] = messages;
        return {
          template: goTemplate(pieces),
          system: first?.role === 'system' ? first.content : '',
          messages,
          text,
          name,
        };
      }),
    );
    const program = join(import.meta.dirname, '../../support/go-template.go');
    const output = execFileSync('go', ['run', program], { input: JSON.stringify(cases), maxBuffer: 2 ** 26 });
    const texts = JSON.parse(output.toString()) as string[];
    expect(texts).toEqual(cases.map(({ text }) => text));
    expect(cases.length).toBeGreaterThan(60);
  },
);

describe('a Modelfile', () => {
  const written = (name: string, addsBos: boolean) => {
    const folder = writeSmallTokenizer({
      added: ['<s>', '</s>', '<|im_end|>'],
      eos: '<|im_end|>',
      chatTemplate: sourceOf(name),
      files: {
        'tokenizer_config.json': { bos_token: '<s>', eos_token: '<|im_end|>', chat_template: sourceOf(name) },
      },
    });
    return modelfile('model-F16.gguf', loadTokenizer(folder), addsBos);
  };

  test('names the file, the template, the default system message, and the stops', () => {
    expect(written('qwen2.5', false)).toMatchInlineSnapshot(`
      {
        "remarks": [],
        "text": "FROM ./model-F16.gguf
      TEMPLATE """{{ if .System }}<|im_start|>system
      {{ .System }}<|im_end|>
      <|im_start|>user
      {{ else }}<|im_start|>system
      Reply in one sentence.<|im_end|>
      <|im_start|>user
      {{ end }}{{ range $i, $_ := .Messages }}{{ if eq .Role "user" }}{{ .Content }}{{ if eq (len (slice $.Messages $i)) 1 }}<|im_end|>
      <|im_start|>assistant
      {{ else }}<|im_end|>
      <|im_start|>assistant
      {{ end }}{{ else if eq .Role "assistant" }}{{ .Content }}{{ if eq (len (slice $.Messages $i)) 1 }}<|im_end|>
      <|im_start|>assistant
      {{ else }}<|im_end|>
      <|im_start|>user
      {{ end }}{{ end }}{{ end }}"""
      SYSTEM """Reply in one sentence."""
      PARAMETER stop "<|im_end|>"
      ",
      }
    `);
  });

  test('leaves BOS to Ollama where the tokenizer adds it', () => {
    expect(written('llama3', true).text).toContain('TEMPLATE """{{ if .System }}<|start_header_id|>system');
  });

  test('has no template, and says why, where there is none in pieces', () => {
    expect(written('llama4', false)).toMatchInlineSnapshot(`
      {
        "remarks": [],
        "text": "FROM ./model-F16.gguf
      TEMPLATE """{{ if .System }}<s><|header_start|>system<|header_end|>

      {{ .System }}<|eot|><|header_start|>user<|header_end|>

      {{ else }}<s><|header_start|>user<|header_end|>

      {{ end }}{{ range $i, $_ := .Messages }}{{ if eq .Role "user" }}{{ .Content }}{{ if eq (len (slice $.Messages $i)) 1 }}<|eot|><|header_start|>assistant<|header_end|>

      {{ else }}<|eot|><|header_start|>assistant<|header_end|>

      {{ end }}{{ else if eq .Role "assistant" }}{{ .Content }}{{ if eq (len (slice $.Messages $i)) 1 }}<|eot|><|header_start|>assistant<|header_end|>

      {{ else }}<|eot|><|header_start|>user<|header_end|>

      {{ end }}{{ end }}{{ end }}"""
      PARAMETER stop "<|im_end|>"
      ",
      }
    `);
    expect(written('llama3.1-tools', false).text).toContain('# The Modelfile has no TEMPLATE: ');
    expect(written('chatml', true).text).toContain(
      'Ollama would put BOS before a prompt, which the chat template does not.',
    );
  });
});
