import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

// Runs llama.cpp on a request from standard input; see llama-cpp.ts.
const entry = join(process.argv[2], 'node_modules', 'node-llama-cpp', 'dist', 'index.js');
const { getLlama, LlamaLogLevel } = await import(pathToFileURL(entry).href);
const { path, prompts, newTokens, scored, texts, lora } = JSON.parse(readFileSync(0, 'utf8'));

const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error });
const model = await llama.loadModel({ modelPath: path });
const context = await model.createContext({
  contextSize: 256,
  lora,
  threads: 1,
  flashAttention: false,
  experimentalKvCacheKeyType: 'F32',
  experimentalKvCacheValueType: 'F32',
});
const sequence = context.getSequence();

const greedy = [];
for (const ids of prompts) {
  await sequence.clearHistory();
  const out = [];
  for await (const token of sequence.evaluate(ids, { temperature: 0, yieldEogToken: true })) {
    out.push(token);
    if (out.length >= newTokens || model.isEogToken(token)) break;
  }
  greedy.push(out);
}

let loss = 0;
if (scored.length > 1) {
  await sequence.clearHistory();
  const options = { generateNext: { probabilities: true } };
  const rows = await sequence.controlledEvaluate(scored.slice(0, -1).map((id) => [id, options]));
  rows.forEach((row, at) => {
    loss -= Math.log(row.next.probabilities.get(scored[at + 1])) / (scored.length - 1);
  });
}
const ids = texts.map((text) => model.tokenize(text, true));
process.stdout.write(JSON.stringify({ greedy, loss, ids }));
process.exit(0);
