const REMEDIES: Readonly<Record<string, string>> = {
  chosen_is_rejected: 'Remove the row, or correct one of the two responses.',
  mixed_forms: 'Write every text in a row as a string, or every text as messages.',
  bad_message: 'Each turn needs "role" and "content", both strings.',
  bad_label: 'Write true or false.',
  no_common_prompt: 'Both dialogs must begin with the same turns.',
  bad_utf8: 'Save the file as UTF-8.',
  bad_json: 'Write one JSON object on each line.',
  bad_csv: 'Close the quote, or double any quotes inside a field.',
  field_count: 'Give the row the same number of fields as the header.',
  bad_header: 'Give every column a unique name.',
  too_long: 'Split the row.',
  'tokenizer.template_refused': 'The chat template rejects this conversation; check the order of its roles.',
  'tokenizer.text_too_long': 'Split the text.',
};

/** How to fix an unusable row, by the reason given by the check. */
export function remedyOf(reason: string): string {
  if (reason.startsWith('empty_')) return 'Fill it in, or remove the row.';
  if (reason.startsWith('missing_')) return 'Add the column to the row, or remove the row.';
  return REMEDIES[reason] ?? 'Fix it, or allow runs to skip bad rows.';
}
