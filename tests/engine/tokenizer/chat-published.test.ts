import { describe, expect, it } from 'vitest';
import { asCode, type Expected, readChatFixture, renderHere } from './chat-golden.ts';

interface Rendering extends Expected {
  readonly conversation: string;
  readonly generate: boolean;
}

const { variables, templates } = JSON.parse(readChatFixture('templates.json.gz').toString()) as {
  variables: Record<string, Record<string, unknown>>;
  templates: Record<string, Rendering[]>;
};

describe('templates with the constructs of published ones render as in jinja2', () => {
  it('there are enough of them', () => {
    expect(Object.keys(templates).length).toBeGreaterThanOrEqual(40);
    expect(Object.keys(variables).length).toBeGreaterThanOrEqual(20);
  });

  it.each(Object.entries(templates))('%s', (name, renderings) => {
    const source = readChatFixture(`templates/${name}.jinja`).toString();
    const actual = renderings.map(({ conversation, generate }) => {
      const data = { ...variables[conversation], add_generation_prompt: generate };
      return { conversation, generate, ...renderHere(source, data) };
    });
    expect(actual).toEqual(
      renderings.map(({ conversation, generate, ...expected }) => ({ conversation, generate, ...asCode(expected) })),
    );
  });
});
