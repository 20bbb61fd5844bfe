import { redirectAnswer } from './redirect-answer.js';

const ISSUER = 'https://bank.example';

function locationOf(uri: string, mode: 'query' | 'fragment' = 'query', state?: string): string {
  return redirectAnswer({ uri, mode, state }, ISSUER, { code: 'c' }).location;
}

describe('RFC 6749 §4.1.2: the answer to the app', () => {
  it.each([
    ['com.example.bank:/cb', 'com.example.bank:/cb?code=c&iss='],
    ['https://app.example/cb', 'https://app.example/cb?code=c&iss='],
    ['https://app.example/cb?', 'https://app.example/cb?code=c&iss='],
    ['https://app.example/cb?one=1', 'https://app.example/cb?one=1&code=c&iss='],
    ['https://app.example/cb?one=1&', 'https://app.example/cb?one=1&code=c&iss='],
  ])('is added to the query of %s', (uri, expected) => {
    expect(locationOf(uri)).toBe(expected + encodeURIComponent(ISSUER));
  });

  it('is the fragment where it is a token', () => {
    expect(locationOf('https://app.example/cb?one=1', 'fragment')).toMatch(/\/cb\?one=1#code=c&iss=/);
  });

  it.each(['plain', 'a+b&c=d#e?f', '%2B %', '"<script>"', ' '])('carries the state %j as it was', (state) => {
    const [, query = ''] = locationOf('a.b:/c', 'query', state).split('?');
    expect(new URLSearchParams(query).get('state')).toBe(state);
    expect(query).toMatch(/^[\w.%+&=*-]+$/);
  });
});
