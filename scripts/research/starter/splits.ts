import { STARTING_TONES, writePair } from './pairs.ts';
import { writePrompt } from './prompts.ts';
import { type Dice, hashLabel, pickWeighted, rollDice } from './random.ts';
import { composeReply } from './replies/compose.ts';
import { drawScenario, type Scenario, scenarioKey } from './scenario.ts';

/** Completions and replies start with the space that separates them from "Support:". */
export interface StarterRecord {
  readonly prompt: string;
  readonly completion?: string;
  readonly chosen?: string;
  readonly rejected?: string;
}

interface Split {
  readonly count: number;
  /** Percentiles of the scenario key's hash that belong to this split. */
  readonly from: number;
  readonly below: number;
  readonly write: (scenario: Scenario, dice: Dice) => StarterRecord;
}

const SEED = 'keel-starter-1';

function demonstrate(scenario: Scenario, dice: Dice): StarterRecord {
  const prompt = writePrompt(scenario, dice);
  return { prompt, completion: ` ${composeReply(scenario, pickWeighted(dice, STARTING_TONES), dice)}` };
}

function compare(scenario: Scenario, dice: Dice): StarterRecord {
  const prompt = writePrompt(scenario, dice);
  const { chosen, rejected } = writePair(scenario, dice);
  return { prompt, chosen: ` ${chosen}`, rejected: ` ${rejected}` };
}

const ask = (scenario: Scenario, dice: Dice): StarterRecord => ({ prompt: writePrompt(scenario, dice) });

export const SPLITS: Readonly<Record<string, Split>> = {
  sft: { count: 24000, from: 0, below: 55, write: demonstrate },
  'preference-train': { count: 6000, from: 55, below: 80, write: compare },
  'preference-held-out': { count: 500, from: 80, below: 85, write: compare },
  'prompts-train': { count: 3000, from: 85, below: 95, write: ask },
  'prompts-held-out': { count: 200, from: 95, below: 100, write: ask },
};

/** One record with the facts behind it. */
export interface StarterEntry {
  readonly record: StarterRecord;
  readonly scenario: Scenario;
}

/** The first `count` records of a split; fewer give a prefix of more. No prompt occurs twice. */
export function writeSplit(name: string, count?: number): readonly StarterEntry[] {
  const split = SPLITS[name];
  if (!split) throw new Error(`No split named ${name}`);
  const entries: StarterEntry[] = [];
  const seen = new Set<string>();
  for (let draw = 0; entries.length < (count ?? split.count); draw += 1) {
    const dice = rollDice(`${SEED}/${name}/${draw}`);
    const scenario = drawScenario(dice);
    const percentile = hashLabel(scenarioKey(scenario)) % 100;
    if (percentile < split.from || percentile >= split.below) continue;
    const record = split.write(scenario, dice);
    if (seen.has(record.prompt)) continue;
    seen.add(record.prompt);
    entries.push({ record, scenario });
  }
  return entries;
}

/** The text of a split's file: one JSON object per line. */
export function toLines(entries: readonly StarterEntry[]): string {
  return entries.map(({ record }) => `${JSON.stringify(record)}\n`).join('');
}
