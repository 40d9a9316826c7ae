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

const LOAD_REWARD = `from transformers import AutoModelForSequenceClassification, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(".")
model = AutoModelForSequenceClassification.from_pretrained(".", num_labels=1)`;

const PLAIN: Readonly<Record<ExportedKind, string>> = {
  policy: `${LOAD_POLICY}
ids = tokenizer("Hello", return_tensors="pt")
print(tokenizer.decode(model.generate(**ids, max_new_tokens=32)[0]))`,
  reward_model: `${LOAD_REWARD}
ids = tokenizer("Hello" + tokenizer.eos_token, return_tensors="pt")
print(model(**ids).logits[0, 0].item())  # the reward is read at the last token`,
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

function chatReward({ end }: ChatForm): string {
  const cut = end.isWritten
    ? 'text = text[: text.rindex(end) + len(end)]  # the reward is read at the end of the answer'
    : 'text += end  # the reward is read at the end of the answer';
  return `${LOAD_REWARD}
messages = [
    {"role": "user", "content": "${CARD_QUESTION}"},
    {"role": "assistant", "content": "${CARD_ANSWER}"},
]
text = tokenizer.apply_chat_template(messages, tokenize=False)
end = ${python(end.text)}
${cut}
ids = tokenizer(text, add_special_tokens=False, return_tensors="pt")
print(model(**ids).logits[0, 0].item())`;
}

/** A short program that uses the exported folder; through its chat template if it has one. */
export function quickStart(what: ExportedKind, chat: ChatForm | null): string {
  if (chat === null || what === 'critic') return PLAIN[what];
  return what === 'policy' ? CHAT_POLICY : chatReward(chat);
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
