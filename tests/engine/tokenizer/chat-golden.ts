import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { KeelError } from '#contract/errors.ts';
import { compileTemplate, type RenderTemplate } from '#engine/tokenizer/chat/bounded-template.ts';

/** A template with what jinja2 renders, or the exception that it raises. */
export interface Expected {
  readonly text?: string;
  readonly error?: string;
}

const FOLDER = join(import.meta.dirname, '../../fixtures/chat-templates');

export function readChatFixture(name: string): Buffer {
  const data = readFileSync(join(FOLDER, name));
  return name.endsWith('.gz') ? gunzipSync(data) : data;
}

const compiled = new Map<string, RenderTemplate>();

function compileOnce(template: string): RenderTemplate {
  const known = compiled.get(template) ?? compileTemplate(template);
  compiled.set(template, known);
  return known;
}

/** What Keel renders, or the code of its error. */
export function renderHere(template: string, variables: Readonly<Record<string, unknown>>): Expected {
  try {
    return { text: compileOnce(template)(variables) };
  } catch (error) {
    if (error instanceof KeelError) return { error: error.code };
    throw error;
  }
}

/** Python's exceptions as Keel's codes: what `raise_exception` raises is a refusal, and everything else a bad template. */
export function asCode({ text, error }: Expected): Expected {
  if (text !== undefined) return { text };
  return { error: error === 'TemplateError' ? 'tokenizer.template_refused' : 'tokenizer.bad_template' };
}
