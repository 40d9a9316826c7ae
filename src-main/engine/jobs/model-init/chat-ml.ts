/** ChatML: the end of a turn is the end token, so that a policy learns to stop after its own turn. */
export const CHAT_ML = {
  eosToken: '<|im_end|>',
  extraSpecialTokens: ['<|im_start|>'],
  chatTemplate: [
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}",
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
  ].join(''),
} as const;
