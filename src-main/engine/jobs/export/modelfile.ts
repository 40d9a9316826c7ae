import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import { type ChatPieces, findPieces, type RenderTurns } from './chat-pieces.ts';
import { goTemplate } from './go-template.ts';

/** The system message that a template writes if a conversation has none. */
function defaultSystem({ start, system }: ChatPieces): string | null {
  if (!system) return null;
  const [before, after] = system;
  const isAround = start.startsWith(before) && start.endsWith(after) && start.length > before.length + after.length;
  return isAround ? start.slice(before.length, start.length - after.length) : null;
}

/** Ollama puts BOS before a prompt if the tokenizer does, so that a template must not. */
function withoutBos(pieces: ChatPieces, bos: string | null): ChatPieces | null {
  if (bos === null) return pieces;
  const texts = [pieces.start, ...(pieces.system ? [pieces.system[0]] : [])];
  if (!texts.every((text) => text.startsWith(bos))) return null;
  const cut = (text: string) => text.slice(bos.length);
  const { system } = pieces;
  return { ...pieces, start: cut(pieces.start), system: system && [cut(system[0]), system[1]] };
}

export interface Modelfile {
  readonly text: string;
  readonly remarks: readonly string[];
}

const quoted = (text: string) => `"""${text}"""`;

function templateLines(
  tokenizer: Tokenizer,
  addsBos: boolean,
): { readonly lines: string[]; readonly remarks: string[] } {
  const left = (why: string) => {
    const remark = `The Modelfile has no TEMPLATE: ${why}.`;
    return { lines: [`# ${remark}`], remarks: [remark] };
  };
  const { chatTemplate, bosTokenId } = tokenizer;
  if (chatTemplate === null) return left('the model has no chat template');
  const render: RenderTurns = (turns) =>
    tokenizer.renderChat(
      turns.map((turn) => ({ ...turn })),
      { addGenerationPrompt: true },
    );
  if (tokenizer.asksForDate()) return left("the model's chat template contains the current date");
  const found = findPieces(render);
  if ('why' in found) return left(found.why);
  const bos = addsBos && bosTokenId !== null ? tokenizer.tokenOfId(bosTokenId) : null;
  const pieces = withoutBos(found.pieces, bos ?? null);
  if (!pieces) return left('Ollama would put BOS before a prompt, which the chat template does not');
  const template = goTemplate(pieces);
  const system = defaultSystem(pieces);
  if (`${template}${system ?? ''}`.includes('"""')) return left('the chat template contains three quotation marks');
  return {
    lines: [
      ...found.remarks.map((remark) => `# ${remark}`),
      `TEMPLATE ${quoted(template)}`,
      ...(system === null ? [] : [`SYSTEM ${quoted(system)}`]),
    ],
    remarks: [...found.remarks],
  };
}

/** Ollama's description of a GGUF file in the same folder: its chat template, default system message, and stops. */
export function modelfile(file: string, tokenizer: Tokenizer, addsBos: boolean): Modelfile {
  const { lines, remarks } = templateLines(tokenizer, addsBos);
  const stops = tokenizer.stopTokens.ids.flatMap((id) => tokenizer.tokenOfId(id) ?? []);
  const text = [`FROM ./${file}`, ...lines, ...stops.map((stop) => `PARAMETER stop ${JSON.stringify(stop)}`)];
  return { text: `${text.join('\n')}\n`, remarks };
}
