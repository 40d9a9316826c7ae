import { expect, test } from 'vitest';
import { judgeCertificate } from '#contract/statistics/judge-certificate.ts';

const certificate = { includesChance: false, accuracy: { share: 0.94, low: 0.9123, high: 0.9611 } };

test('above chance is accepted, chance and nothing are not, each with its reason', () => {
  expect(judgeCertificate(certificate, 'It')).toMatchObject({
    isAccepted: true,
    why: 'It agrees with 94.0% of held-out pairs (91.2% to 96.1%), which lies above chance.',
  });
  expect(judgeCertificate({ ...certificate, includesChance: true }, 'It')).toMatchObject({
    isAccepted: false,
    code: 'reward_model_at_chance',
  });
  expect(judgeCertificate(null, 'It')).toMatchObject({
    isAccepted: false,
    code: 'reward_model_uncertified',
    why: 'It has no certificate.',
  });
});
