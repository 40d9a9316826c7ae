/**
 * Full names of the policy's variables that learn. With `unfrozen` only the last so many blocks do; embedding, final norm
 * and head always learn, as in the released code.
 */
export function trainedNames(names: readonly string[], layers: number, unfrozen: number | null): readonly string[] {
  if (unfrozen === null || unfrozen >= layers) return names;
  const firstLearning = layers - unfrozen;
  return names.filter((name) => {
    const block = /\.(?:h|layers)\.(\d+)\./.exec(name)?.[1];
    return block === undefined || Number(block) >= firstLearning;
  });
}
