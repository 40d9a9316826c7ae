import type { Issue, Remedy } from '../scenario.ts';

export type StepTone = 'curt' | 'cold' | 'plain' | 'warm';

type Steps = Readonly<Record<StepTone, readonly string[]>>;

const REFUND: Steps = {
  curt: [
    '[a|the] refund [takes|needs] [ten|five|seven] days.',
    '[use|fill in] the refund form.',
    '[you will get|expect] a refund [later|soon|].',
    'refund [noted|started|sent].',
  ],
  cold: [
    'our terms [say|state] that a refund takes [ten|twenty|thirty] days, so [you have to|you must] wait.',
    'a refund is only [possible|paid] with [the form|a receipt]. [you should have read|read] our terms.',
    'we [only give|give] a refund after [a check|we see a receipt]. do not [write|ask] again.',
  ],
  plain: [
    '[we|I] will refund the {p} [within|in] [five|seven|three] days.',
    'you [will get|can have] a [full|] refund for the {p}.',
    'the refund for the {p} [takes|will take] [three|five|seven] days.',
    'we can give you a refund for [the|your] {p} this week.',
  ],
  warm: [
    'I have [already|just] sent your [full|] refund, and the money will be [with you|on your card] in [two|three] days.',
    'I [have started|started] your full refund [today|this morning|right away], and you [will get|will see] the money in [two|three] days.',
    'your full refund is [already|] on its way, and you [do not have to|need not] do anything [else|more].',
    'we will refund the full price of your {p} [today|by tomorrow|right away].',
  ],
};

const REPLACE: Steps = {
  curt: [
    '[we replace|we will replace] {it}.',
    'a replacement [takes|needs] [ten|five|seven] days.',
    '[use|fill in] the replacement form.',
    'replacement [noted|ordered|sent].',
  ],
  cold: [
    'our terms [say|state] that a replacement takes [ten|twenty|thirty] days, so [you have to|you must] wait.',
    'a replacement is only [possible|sent] with [the form|a receipt]. [you should have read|read] our terms.',
    'we [only send|send] a replacement after [a check|we see a receipt]. do not [write|ask] again.',
  ],
  plain: [
    '[we|I] will replace the {p} [within|in] [five|seven|three] days.',
    'we [will|can] send you a replacement for the {p}.',
    'you [will get|can have] a replacement for [the|your] {p} this week.',
  ],
  warm: [
    'I have [already|just] [sent|shipped|packed] a replacement, and it will [reach you|be with you|arrive] [tomorrow|in two days|this week].',
    'we will replace your {p} [today|right away|at once], [and the shipping is free|and it will not cost you a cent].',
    'your replacement is [already|] on its way, and you [may keep|do not have to return] the {damage} {n}.',
  ],
};

const REPAIR: Steps = {
  curt: [
    '[we repair|we will repair] {it}.',
    'a repair [takes|needs] [ten|five|seven] days.',
    '[use|fill in] the repair form.',
    'bring {it} to the workshop.',
  ],
  cold: [
    'our terms [say|state] that a repair takes [ten|twenty|thirty] days, so [you have to|you must] wait.',
    'a repair is only [possible|done] with [the form|a receipt]. [you should have read|read] our terms.',
    'we [only start|start] a repair after [a check|we see a receipt]. do not [write|ask] again.',
  ],
  plain: [
    '[we|I] will repair the {p} [within|in] [five|seven|three] days.',
    'our workshop [will|can] repair [the|your] {p}.',
    'please send the {p} to our workshop for [a|the] repair.',
  ],
  warm: [
    'our workshop will repair {it} for free, and I have sent you a [label|free label] for the [box|package].',
    'we will [pick {it} up|collect {it}] [tomorrow|this week] and repair {it} for free [in two days|right away].',
    'our workshop [is ready to|will] repair your {p} [today|right away|this week], and it will not cost you a cent.',
  ],
};

const TRACK: Steps = {
  curt: [
    '[ask|call] the carrier.',
    'check the tracking page.',
    '[the carrier has it|it is with the carrier].',
    'wait for the carrier.',
  ],
  cold: [
    'our terms [say|state] that the carrier has [ten|twenty|thirty] days, so [you have to|you must] wait.',
    'the carrier is late, [not us|we are not]. [you should have read|read] our terms.',
    'only the carrier knows. do not [write|ask] again.',
  ],
  plain: [
    'the {p} {is} with the carrier and will [come|arrive] [this week|in three days|within five days].',
    'we [will ask|have asked] the carrier [about|for] your {p}.',
    'you can follow the {p} on the tracking page.',
  ],
  warm: [
    'I have [just|already] called the carrier, and {they} will [reach you|be with you|arrive] [tomorrow|in two days|this week].',
    'the carrier has [just|] found your parcel, and I will follow {it} until {they} {is} with you.',
    'I asked the carrier to [hurry|bring {it} first], and I will send you the tracking [page|link] [today|right away].',
  ],
};

const EXCHANGE: Readonly<Partial<Record<Issue, Steps>>> = {
  size: exchange('the {size} size', 'the {size} {one}'),
  color: exchange('the {color} {one}', 'the {color} {one}'),
  item: exchange('the right {one}', 'the {p}'),
};

function exchange(wanted: string, other: string): Steps {
  return {
    curt: [
      '[we exchange|we will exchange] {it}.',
      'an exchange [takes|needs] [ten|five|seven] days.',
      '[use|fill in] the exchange form.',
      `we have ${wanted}.`,
    ],
    cold: [
      'our terms [say|state] that an exchange takes [ten|twenty|thirty] days, so [you have to|you must] wait.',
      'an exchange is only [possible|done] with [the form|a receipt]. [you should have read|read] our terms.',
      'we [only exchange|exchange] after [a check|we see a receipt]. do not [write|ask] again.',
    ],
    plain: [
      `[we|I] will exchange {it} for ${wanted} [within|in] [five|seven|three] days.`,
      `you can exchange {it} for ${other}.`,
      `we [will|can] send you ${wanted} in exchange.`,
    ],
    warm: [
      `I have [already|just] [sent|shipped|packed] ${wanted} for you, and the exchange is free.`,
      `we will exchange {it} for ${other} [today|right away|at once], and it will not cost you a cent.`,
      `for the exchange, ${other} will [reach you|be with you] [tomorrow|in two days|this week], and we will pick up the [wrong|other] one.`,
    ],
  };
}

const PART: Steps = {
  curt: [
    '[we send|we will send] the {part}.',
    'the {part} [takes|needs] [ten|five|seven] days.',
    '[use|fill in] the form for parts.',
    'the {part} will come [later|soon].',
  ],
  cold: [
    'our terms [say|state] that a {part} takes [ten|twenty|thirty] days, so [you have to|you must] wait.',
    'a {part} is only sent with [the form|a receipt]. [you should have read|read] our terms.',
    'we [only send|send] a {part} after [a check|we see a receipt]. do not [write|ask] again.',
  ],
  plain: [
    '[we|I] will send the {part} for the {p} [within|in] [five|seven|three] days.',
    'we [will|can] send you [a|the] {part} for your {p}.',
    'the {part} for the {p} will [come|arrive] this week.',
  ],
  warm: [
    'I have [already|just] [sent|shipped|packed] a new {part}, and it will [reach you|be with you|arrive] [tomorrow|in two days|this week].',
    'we will send you the {part} [today|right away|at once], and it will not cost you a cent.',
    'a new {part} is [already|] on its way to you, [free of charge|and the shipping is free].',
  ],
};

const CANCEL: Steps = {
  curt: ['canceled.', 'order canceled.', '[we cancel|we will cancel] {it}.', '[use|fill in] the form to cancel.'],
  cold: [
    'our terms [say|state] that it takes [ten|twenty|thirty] days to cancel, so [you have to|you must] wait.',
    'you can only cancel with [the form|a receipt]. [you should have read|read] our terms.',
    'we [only cancel|cancel] after [a check|we see a receipt]. do not [write|ask] again.',
  ],
  plain: [
    '[we|I] will cancel the order for the {p} [today|this week].',
    'the order for the {p} [is|has been] canceled.',
    'we have canceled [the|your] {p}.',
  ],
  warm: [
    'I have canceled [your|the] order [right away|at once|for you], and you will not pay a cent.',
    'your order is [already|now] canceled, and you [do not have to|need not] do anything [else|more].',
    'we have canceled {it} for you [today|right away|at once], [free of charge|and there is nothing to pay].',
  ],
};

const MOVE: Steps = {
  curt: ['{day} then.', '{day} is [fine|possible|noted].', '[we|the driver will] come on {day}.', 'be home on {day}.'],
  cold: [
    'our terms [say|state] that a change costs extra, so pay first for {day}.',
    '{day} is only possible with [the form|a receipt]. [you should have read|read] our terms.',
    'the driver comes on {day}, [morning or evening|at any hour]. do not [write|ask] again.',
  ],
  plain: [
    '[we|I] will deliver the {p} on {day}.',
    'the {p} will [come|arrive] on {day}.',
    'the delivery of the {p} is now on {day}.',
  ],
  warm: [
    'I have [already|just] moved {it} to {day}, and the driver will call you [first|before].',
    'our driver will [gladly|] bring {it} on {day}, and you can [choose|pick] the hour.',
    '{day} is [perfect|fine], and I have [already|just] told the driver to bring {it} then.',
  ],
};

const STEPS: Readonly<Record<Exclude<Remedy, 'exchange'>, Steps>> = {
  refund: REFUND,
  replace: REPLACE,
  repair: REPAIR,
  track: TRACK,
  part: PART,
  cancel: CANCEL,
  move: MOVE,
};

/** Sentences that say what happens next, by what the customer wants. */
export function stepsFor(issue: Issue, remedy: Remedy, tone: StepTone): readonly string[] {
  return (remedy === 'exchange' ? EXCHANGE[issue]! : STEPS[remedy])[tone];
}
