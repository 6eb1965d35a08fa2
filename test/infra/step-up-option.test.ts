/** How recent a sign-in must be for what destroys, by the options of the stack. */
import { expect, it } from 'vitest';
import { parseStackOptions } from '../../infra/options.ts';
import { stepUpMinutesOf } from '../../infra/options-api.ts';

const oidc = { issuer: 'https://id.example.com', audience: 'holdfast' };
const minutes = (api: object) => stepUpMinutesOf(parseStackOptions({ api }).api);

it('asks for a sign-in of the last hour of its own users, and of others only when it is told to', () => {
  expect([minutes({}), minutes({ stepUpMinutes: 15 }), minutes({ stepUpMinutes: 0 })]).toEqual([
    60,
    15,
    undefined,
  ]);
  expect([minutes({ oidc }), minutes({ oidc, stepUpMinutes: 30 })]).toEqual([undefined, 30]);
  for (const wrong of [-1, 1.5, 1441]) {
    expect(() => minutes({ stepUpMinutes: wrong })).toThrow('a whole number from 0 to 1440');
  }
});
