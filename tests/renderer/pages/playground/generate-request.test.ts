import { expect, test } from 'vitest';
import { generateRequest, SAMPLING } from '../../../../src-renderer/pages/playground/generate-request.ts';

test('the template is used where it is wished for and there is one; settings go as they are shown', () => {
  const exchange = { prompt: 'Hi', sampling: { ...SAMPLING, seed: 0, stop: 'User:\n\n' } };
  expect(generateRequest(exchange, 'm', '/h', true, 'c')).toEqual({
    folder: '/h',
    model: 'm',
    input: { rows: [{ prompt: [{ role: 'user', content: 'Hi' }] }] },
    maxNewTokens: 64,
    temperature: 0.7,
    topK: 0,
    topP: 1,
    seed: 0,
    stop: ['User:'],
    specialTokens: 'text',
    partTokens: 4,
    conversation: 'c',
  });
  const plain = { ...exchange, sampling: { ...exchange.sampling, usesTemplate: false } };
  for (const request of [
    generateRequest(plain, 'm', '/h', true, 'c'),
    generateRequest(exchange, 'm', '/h', false, 'c'),
  ]) {
    expect(request.input).toEqual({ rows: [{ prompt: 'Hi' }] });
  }
});
