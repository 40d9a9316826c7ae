import { useLocalStorage } from '@vueuse/core';
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import { useConnection } from '../../state/use-connection.ts';
import { useModels } from '../../state/use-models.ts';
import { type Answer, askModel, emptyAnswer } from './ask-model.ts';
import { generateRequest, SAMPLING, type Sampling, type Turn } from './generate-request.ts';

/** One prompt with the responses of both sides. */
export interface Exchange {
  readonly number: number;
  readonly prompt: string;
  readonly sampling: Sampling;
  readonly answers: readonly Answer[];
}

/** Every model's conversation up to and including an exchange, by reference. */
function turnsAfter({ prompt, answers }: Exchange): ReadonlyMap<string, readonly Turn[]> {
  return new Map(
    answers.map(({ reference, before, text }) => [
      reference,
      [...before, { role: 'user', content: prompt }, { role: 'assistant', content: text }],
    ]),
  );
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
  /** The exchange that the next prompt continues; null for a new conversation. */
  const continued = shallowRef<Exchange | null>(null);
  const isAsking = computed(() => abort.value !== null);
  let last = 0;
  /** Names this page's requests to the host, so that a model is loaded once. */
  const conversation = `playground ${performance.timeOrigin}`;

  function choose(side: Side, reference: string | null): void {
    continued.value = null;
    chosen.value = side === 0 ? [reference, chosen.value[1]] : [chosen.value[0], reference];
  }

  /** Sends the prompt to every selected model; resolves when all have ended. */
  async function ask(): Promise<void> {
    const references = chosen.value.filter((reference) => reference !== null);
    if (references.length === 0 || prompt.value === '' || isAsking.value) return;
    const mine = new AbortController();
    abort.value = mine;
    last += 1;
    const before = continued.value && turnsAfter(newest(continued.value));
    const answers = references.map((reference) =>
      emptyAnswer(reference, models.find(reference)?.name ?? reference, before?.get(reference)),
    );
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
          { ...exchange, before: answer.before },
          answer.reference,
          home,
          models.find(answer.reference)?.hasChatTemplate === true,
          conversation,
        );
        return askModel(client, request, answer, tell, mine.signal);
      });
      await Promise.all(asked);
      if (continued.value) continueFrom(newest(exchange));
    } finally {
      abort.value = null;
    }
  }

  /** An exchange as it is now: answers grow after it was made. */
  const newest = ({ number, ...rest }: Exchange): Exchange =>
    exchanges.value.find((one) => one.number === number) ?? { number, ...rest };

  /** Whether a conversation can go on: every answer was made with a chat template, by a model that is still chosen. */
  function canContinue({ answers, sampling: { usesTemplate } }: Exchange): boolean {
    const isKept = ({ reference, state }: Answer) =>
      chosen.value.includes(reference) && (state === 'ended' || state === 'full' || state === 'stopped');
    return usesTemplate && answers.every((one) => isKept(one) && models.find(one.reference)?.hasChatTemplate === true);
  }

  /** Makes the next prompt the next turn after an exchange, or with null the first turn of a new conversation. */
  function continueFrom(exchange: Exchange | null): void {
    continued.value = exchange;
    if (exchange) prompt.value = '';
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
    if (isAsking.value) return;
    exchanges.value = [];
    continued.value = null;
  }

  return {
    chosen,
    sampling,
    prompt,
    exchanges,
    continued,
    isAsking,
    choose,
    ask,
    canContinue,
    continueFrom,
    stop,
    release,
    reuse,
    clear,
  };
});
