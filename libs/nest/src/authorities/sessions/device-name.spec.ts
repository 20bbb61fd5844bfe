import { deviceOf } from './device-name.js';

describe('the name of a device', () => {
  it.each([
    ['Bank/7.1 (iPhone; iOS 26)', 'Bank/7.1 (iPhone; iOS 26)'],
    ['  Bank \t 7\u0000\u001b[31m\u200e ', 'Bank 7 [31m'],
    [`${'x'.repeat(99)}🏦🏦`, `${'x'.repeat(99)}🏦`],
    ['half \ud800', 'half'],
    [' ', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('that says of itself %j is %j', (userAgent, name) => {
    expect(deviceOf(userAgent)).toBe(name);
  });
});
