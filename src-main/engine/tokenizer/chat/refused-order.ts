/** The roles of messages in a template's variables; empty if they are none. */
function rolesOf(messages: unknown): readonly unknown[] {
  if (!Array.isArray(messages)) return [];
  return messages.map((message) => (message as { readonly role?: unknown } | null)?.role);
}

/**
 * Why templates that insist on an order of turns reject a conversation, and what to change, as one sentence with a space
 * before it; empty if the order is the one that all of them accept. Turns are counted from 1, the system turn included.
 */
export function orderAdvice(messages: unknown): string {
  const roles = rolesOf(messages);
  const start = roles[0] === 'system' ? 1 : 0;
  if (roles[start] === 'assistant') {
    return ' The conversation starts with the assistant: put a user turn before its first turn, or remove that turn.';
  }
  const double = roles.findIndex((role, at) => at > start && role === roles[at - 1] && typeof role === 'string');
  if (double > 0) return ` Turns ${double} and ${double + 1} are both of the role ${roles[double]}: join them.`;
  const late = roles.indexOf('system', 1);
  if (late > 0) return ` Turn ${late + 1} is a system turn: make it the first turn, or remove it.`;
  if (start === 1) return ' If the template takes no system turn, move its text into the first user turn.';
  return '';
}
