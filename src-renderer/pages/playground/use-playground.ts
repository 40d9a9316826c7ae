import { useLocalStorage } from '@vueuse/core';
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import { useConnection } from '../../state/use-connection.ts';
import { useModels } from '../../state/use-models.ts';
import { type Answer, askModel, emptyAnswer } from './ask-model.ts';
import { generateRequest, SAMPLING, type Sampling } from './generate-request.ts';

/** One prompt with the responses of both sides. */
export interface Exchange {
  readonly number: number;
  readonly prompt: string;
  readonly sampling: Sampling;
  readonly answers: readonly Answer[];
}

export type Side = 0 | 1;

const KEPT_EXCHANGES = 50;

/** The exchanges with one answer updated. */
function withAnswer(all: readonly Exchange[], number: number, place: number, answer: Answer): readonly Exchange[] {
  return all.map((exchange) => {
    if (exchange.number !== number) return exchange;
    return { ...exchange, answers: exchange.answers.map((old, index) => (index === place ? answer : old)) };
  });
}

/** Sends the same prompt to two models. The state lives as long as the page and survives leaving the playground. */
export const usePlayground = defineStore('playground', () => {
  const connection = useConnection();
  const models = useModels();
  const chosen = useLocalStorage<[string | null, string | null]>('keel.playground.models', [null, null]);
  const sampling = useLocalStorage<Sampling>('keel.playground.sampling', SAMPLING, { mergeDefaults: true });
  const prompt = shallowRef('');
  const exchanges = shallowRef<readonly Exchange[]>([]);
  const abort = shallowRef<AbortController | null>(null);
  const isAsking = computed(() => abort.value !== null);
  let last = 0;
  /** Names this page's requests to the host, so that a model is loaded once. */
  const conversation = `playground ${performance.timeOrigin}`;

  function choose(side: Side, reference: string | null): void {
    chosen.value = side === 0 ? [reference, chosen.value[1]] : [chosen.value[0], reference];
  }

  /** Sends the prompt to every selected model; resolves when all have ended. */
  async function ask(): Promise<void> {
    const references = chosen.value.filter((reference) => reference !== null);
    if (references.length === 0 || prompt.value === '' || isAsking.value) return;
    const mine = new AbortController();
    abort.value = mine;
    last += 1;
    const answers = references.map((reference) => emptyAnswer(reference, models.find(reference)?.name ?? reference));
    const exchange: Exchange = { number: last, prompt: prompt.value, sampling: { ...sampling.value }, answers };
    exchanges.value = [exchange, ...exchanges.value].slice(0, KEPT_EXCHANGES);
    try {
      const client = await connection.api();
      const { home } = await client.system.host();
      const asked = answers.map((answer, place) => {
        const tell = (next: Answer) => {
          exchanges.value = withAnswer(exchanges.value, exchange.number, place, next);
        };
        const request = generateRequest(
          exchange,
          answer.reference,
          home,
          models.find(answer.reference)?.hasChatTemplate === true,
          conversation,
        );
        return askModel(client, request, answer, tell, mine.signal);
      });
      await Promise.all(asked);
    } finally {
      abort.value = null;
    }
  }

  function stop(): void {
    abort.value?.abort();
  }

  /** Lets the models leave the host's memory; the next prompt loads them again. */
  async function release(): Promise<void> {
    const client = await connection.api();
    await client.jobs.release({ conversation });
  }

  /** Copies the prompt and settings of an earlier exchange to the form. */
  function reuse(exchange: Exchange): void {
    prompt.value = exchange.prompt;
    sampling.value = { ...exchange.sampling };
  }

  function clear(): void {
    if (!isAsking.value) exchanges.value = [];
  }

  return { chosen, sampling, prompt, exchanges, isAsking, choose, ask, stop, release, reuse, clear };
});
