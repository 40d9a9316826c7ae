const REMEDIES: Readonly<Record<string, string>> = {
  chosen_is_rejected: 'Remove it, or correct one of the two answers.',
  mixed_forms: 'Write all texts of a row as strings, or all as messages.',
  bad_message: 'Each turn needs "role" and "content", both strings.',
  bad_label: 'Write true or false.',
  no_common_prompt: 'Both dialogs must begin with the same turns.',
  bad_utf8: 'Save the file as UTF-8.',
  bad_json: 'Write one JSON object on each line.',
  bad_csv: 'Close the quote, or double the quotes inside a field.',
  field_count: 'Give the row as many fields as the header has.',
  bad_header: 'Give every column a name of its own.',
  too_long: 'Split the row.',
  'tokenizer.template_refused': 'The chat template does not take this conversation; check the order of its roles.',
  'tokenizer.text_too_long': 'Split the text.',
};

/** How a row that cannot be used is mended, by the reason that the check gives. */
export function remedyOf(reason: string): string {
  if (reason.startsWith('empty_')) return 'Fill it in, or remove the row.';
  if (reason.startsWith('missing_')) return 'Add the column to the row, or remove the row.';
  return REMEDIES[reason] ?? 'Mend it, or allow runs to skip bad rows.';
}
