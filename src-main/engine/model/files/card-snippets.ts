/** How an exported model is used in transformers. */

export type ExportedKind = 'policy' | 'critic' | 'reward_model';

/** The form in which a model with a chat template reads a conversation. */
export interface ChatForm {
  /** A question as the model receives it, up to where its answer starts. */
  readonly prompt: string;
  /** What ends an answer, and whether the template itself writes it after an answer. */
  readonly end: { readonly text: string; readonly isWritten: boolean };
}

export const CARD_QUESTION = 'Where is my order?';
export const CARD_ANSWER = 'On its way.';

const LOAD_POLICY = `from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(".")
model = AutoModelForCausalLM.from_pretrained(".")`;

/** Lines of Python that load a reward model, and that score `ids`. */
interface Scoring {
  readonly load: string;
  readonly score: string;
}

const BY_CLASS: Scoring = {
  load: `from transformers import AutoModelForSequenceClassification, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(".")
model = AutoModelForSequenceClassification.from_pretrained(".", num_labels=1)`,
  score: 'print(model(**ids).logits[0, 0].item())',
};

/** For a family without a class for sequence classification in transformers. */
const BY_HEAD: Scoring = {
  load: `from safetensors.torch import load_file
from transformers import AutoModel, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(".")
trunk = AutoModel.from_pretrained(".")
head = load_file("model.safetensors")["score.weight"][0]`,
  score: 'print((trunk(**ids).last_hidden_state[0, -1] @ head).item())',
};

const plainReward = ({ load, score }: Scoring) => `${load}
ids = tokenizer("Hello" + tokenizer.eos_token, return_tensors="pt")
${score}  # the reward is read at the last token`;

const PLAIN: Readonly<Record<Exclude<ExportedKind, 'reward_model'>, string>> = {
  policy: `${LOAD_POLICY}
ids = tokenizer("Hello", return_tensors="pt")
print(tokenizer.decode(model.generate(**ids, max_new_tokens=32)[0]))`,
  critic: `from transformers import AutoModel

trunk = AutoModel.from_pretrained(".")  # the value head is stored with it, see below`,
};

const CHAT_POLICY = `${LOAD_POLICY}
messages = [{"role": "user", "content": "${CARD_QUESTION}"}]
inputs = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=True, return_tensors="pt")
answer = model.generate(**inputs, max_new_tokens=128)[0, inputs["input_ids"].shape[1] :]
print(tokenizer.decode(answer, skip_special_tokens=True))`;

/** A Python text; JSON's escapes are Python's for every character but halves of surrogate pairs. */
const python = (text: string) => JSON.stringify(text);

function chatReward({ end }: ChatForm, { load, score }: Scoring): string {
  const cut = end.isWritten
    ? 'text = text[: text.rindex(end) + len(end)]  # the reward is read at the end of the answer'
    : 'text += end  # the reward is read at the end of the answer';
  return `${load}
messages = [
    {"role": "user", "content": "${CARD_QUESTION}"},
    {"role": "assistant", "content": "${CARD_ANSWER}"},
]
text = tokenizer.apply_chat_template(messages, tokenize=False)
end = ${python(end.text)}
${cut}
ids = tokenizer(text, add_special_tokens=False, return_tensors="pt")
${score}`;
}

/**
 * A short program that uses the exported folder; through its chat template if it has one.
 * @param hasScoreClass whether transformers has a class for the family's reward models.
 */
export function quickStart(what: ExportedKind, chat: ChatForm | null, hasScoreClass: boolean): string {
  if (what === 'critic') return PLAIN.critic;
  if (what === 'policy') return chat === null ? PLAIN.policy : CHAT_POLICY;
  const scoring = hasScoreClass ? BY_CLASS : BY_HEAD;
  return chat === null ? plainReward(scoring) : chatReward(chat, scoring);
}

/** What the chat template makes of a question; null without one. */
export function chatFormText(chat: ChatForm | null): string | null {
  if (chat === null) return null;
  const longest = Math.max(2, ...(chat.prompt.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `The model reads conversations through the chat template in this folder. It receives a question as

${fence}text
${chat.prompt}
${fence}

and its answer ends with \`${chat.end.text}\`.`;
}
