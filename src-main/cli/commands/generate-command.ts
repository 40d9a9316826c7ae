import { KeelError } from '#contract/errors.ts';
import { chat } from '../chat/chat.ts';
import { type AddCommand, collect } from '../command-context.ts';
import { generateBeside } from '../generate-beside.ts';
import { jsonLine } from '../output.ts';
import { realNumber, wholeNumber } from '../parse-number.ts';
import { readJobInput } from '../read-lines.ts';
import { streamJob } from '../stream-job.ts';
import { withHost } from '../with-host.ts';
import { BASE, JSON_LINES, MODEL, type SpecialTokens, specialTokens } from './text-options.ts';

interface GenerateFlags {
  readonly model: readonly string[];
  readonly base?: string | null;
  readonly prompt?: string;
  readonly input?: string;
  readonly chat?: boolean;
  readonly system?: string;
  readonly maxNewTokens?: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly stop: string[];
  readonly seed: number;
  readonly specialTokens: SpecialTokens;
  readonly json?: boolean;
}

const NEW_TOKENS = 64;
/** Answers in a conversation are longer than continuations. */
const CHAT_TOKENS = 256;

function requireOneInput({ model, prompt, input, chat: isChat = false, system }: GenerateFlags): void {
  const given = [prompt !== undefined, input !== undefined, isChat].filter(Boolean).length;
  if (given !== 1) {
    throw new KeelError({
      code: 'prompt_missing',
      why: 'Exactly one of --prompt TEXT, --input FILE, and --chat is required.',
      fix: 'See `keel generate --help`.',
    });
  }
  if (isChat && model.length > 1) {
    throw new KeelError({
      code: 'chat_one_model',
      why: `A conversation has one model, and --model was given ${model.length} times.`,
      fix: 'Leave out --chat and give --prompt or --input, or compare models in the playground.',
    });
  }
  if (system === undefined || isChat) return;
  throw new KeelError({
    code: 'prompt_missing',
    why: '--system belongs to a conversation, and --chat is missing.',
    fix: 'Add --chat, or write the system turn into {"messages"} of --input.',
  });
}

const EXAMPLES = `
Examples:
  keel generate --model run:latest/policy --chat
  keel generate --model ./my-model --prompt "Once upon a time" --temperature 0
  keel generate --model ./my-base --model run:latest/policy --input prompts.jsonl
  echo '{"messages": [{"role": "user", "content": "Hello"}]}' | keel generate --model ./my-model --input -`;

const collectModels = (model: string, earlier: readonly string[] = []) => [...earlier, model];

/** `keel generate`: it prints JSON lines with or without `--json`, except in a conversation. */
export const addGenerate: AddCommand = (program, { shell }) => {
  program
    .command('generate')
    .description('continue prompts or talk with a model: {"prompt"} or {"messages"} in, {"text","ids"} out')
    .requiredOption(
      MODEL[0],
      `${MODEL[1]}; can be repeated: all answer each prompt, and adapters of one base share it`,
      collectModels,
    )
    .option(...BASE)
    .option('--prompt <text>', 'one prompt, continued as plain text')
    .option('--input <file>', 'JSON lines of prompts, or - for standard input')
    .option('--chat', 'a conversation through the chat template: each line is a message; works with piped input, too')
    .option('--system <text>', 'system turn of the conversation')
    .option(
      '--max-new-tokens <n>',
      `maximum length of a response in tokens (default: ${NEW_TOKENS}, with --chat ${CHAT_TOKENS})`,
      wholeNumber(1),
    )
    .option('--temperature <t>', 'sampling temperature; 0 always takes the most likely token', realNumber(0), 1)
    .option('--top-k <k>', 'sample from the k most likely tokens; 0 for all', wholeNumber(0), 0)
    .option('--top-p <p>', 'sample from the most likely tokens whose probabilities sum to p', realNumber(0), 1)
    .option('--stop <text>', 'end a response before this text; can be repeated', collect, [])
    .option('--seed <s>', 'seed for sampling', wholeNumber(0), 0)
    .addOption(specialTokens())
    .option(...JSON_LINES)
    .addHelpText('after', EXAMPLES)
    .action(async (flags: GenerateFlags) => {
      requireOneInput(flags);
      const { model: models, prompt, input: file, chat: isChat = false, system = null, json, ...sampling } = flags;
      const { maxNewTokens = isChat ? CHAT_TOKENS : NEW_TOKENS } = sampling;
      const request = { ...sampling, maxNewTokens, folder: shell.folder };
      const model = models[0]!;
      const talk = { request: { ...request, model }, system, isJson: json ?? false };
      if (isChat) return withHost(shell, (client) => chat(shell, client, talk));
      const input = file === undefined ? { rows: [{ prompt }] } : readJobInput(shell, file);
      await withHost(shell, async (client) => {
        if (models.length > 1) return generateBeside(shell, client, models, { ...request, input });
        const call = (signal: AbortSignal) => client.jobs.generate({ ...request, model, input }, { signal });
        await streamJob(shell, call, (row) => shell.print(jsonLine(row)));
      });
    });
};
