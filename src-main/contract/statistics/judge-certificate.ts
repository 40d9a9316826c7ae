import { formatPercent } from '../format.ts';
/** The measurements that decide whether a policy may be trained against a reward model. */
export interface Certified {
  readonly includesChance: boolean;
  readonly accuracy: { readonly share: number; readonly low: number; readonly high: number };
}

export interface CertificateVerdict {
  readonly isAccepted: boolean;
  /** `certified`, or the code of the error that an online run ends with. */
  readonly code: 'certified' | 'reward_model_uncertified' | 'reward_model_at_chance';
  readonly why: string;
  readonly fix: string;
}

const FIX = 'Train the reward model with Keel on more or cleaner pairs, or set certificate_required: false.';

/** Accepts a certificate whose accuracy interval lies above chance; `what` is the subject of the sentence in `why`. */
export function judgeCertificate(certificate: Certified | null, what: string): CertificateVerdict {
  if (!certificate) {
    return { isAccepted: false, code: 'reward_model_uncertified', why: `${what} has no certificate.`, fix: FIX };
  }
  const { share, low, high } = certificate.accuracy;
  const agreement = `${what} agrees with ${formatPercent(share)} of held-out pairs (${formatPercent(low)} to ${formatPercent(high)})`;
  if (certificate.includesChance) {
    return { isAccepted: false, code: 'reward_model_at_chance', why: `${agreement}, which includes chance.`, fix: FIX };
  }
  return { isAccepted: true, code: 'certified', why: `${agreement}, which lies above chance.`, fix: '' };
}
