import { randomBytes } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import { KeyRing, SecurityProblem } from '@portcullis/nest';
import {
  DeviceProofs,
  SessionOptions,
  SignIn,
  type SessionOptionsInput,
  type SignInAttempt,
} from '../../libs/nest/src/authorities/sessions/index.js';
import {
  PasswordHasher,
  UserAccounts,
  usernameKey,
  type UserAccount,
} from '../../libs/nest/src/authorities/users/index.js';
import { temporarilyUnavailable } from '../../libs/nest/src/pipeline/index.js';
import { MemoryAttemptStore } from '../../libs/nest/src/stores/memory/index.js';
import { HeldClock } from '../support/held-clock.js';
import { newAddress, newPassword } from '../support/sign-in.js';

const DAY_SECONDS = 86_400;

/** Whom it lists, and how often it was asked: what the counters keep a guesser from. */
class ListedAccounts extends UserAccounts {
  readonly passwords = new Map<string, string>();
  readonly suspended = new Set<string>();
  asked = 0;

  override async authenticate(username: string, password: string): Promise<UserAccount | undefined> {
    this.asked += 1;
    const key = usernameKey(username);
    if (key === undefined || this.passwords.get(key) !== password || this.suspended.has(key))
      return undefined;
    return { id: key, username: key, scopes: [], credentialVersion: password };
  }

  override async find(): Promise<UserAccount | undefined> {
    return undefined;
  }
}

class AwayAttemptStore extends MemoryAttemptStore {
  override begin(): never {
    throw temporarilyUnavailable('attempt_store_unavailable');
  }
}

function guard(options: SessionOptionsInput = {}, attempts = new MemoryAttemptStore()) {
  const clock = new HeldClock();
  const accounts = new ListedAccounts();
  const resolved = new SessionOptions(options);
  const ring = () => KeyRing.parse(randomBytes(32).toString('base64url'));
  const nodeUnder = (keyRing: KeyRing) =>
    new SignIn(accounts, attempts, new DeviceProofs(keyRing, resolved, clock), resolved, clock);
  const signIn = nodeUnder(ring());
  /** `in`, `refused`, or how many seconds to wait. */
  const outcome = async (attempt: Partial<SignInAttempt>): Promise<string | number> => {
    const whole = { username: 'anna', password: newPassword(), address: newAddress(), ...attempt };
    try {
      await signIn.authenticate(whole);
      return 'in';
    } catch (error) {
      if (!(error instanceof SecurityProblem)) throw error;
      if (error.code === 'rate_limited') return Number(error.headers['Retry-After']);
      return error.code === 'user_token_invalid' ? 'refused' : error.code;
    }
  };
  const inTurn = async (times: number, attempt: (n: number) => Partial<SignInAttempt>) => {
    const outcomes: (string | number)[] = [];
    for (let n = 0; n < times; n += 1) outcomes.push(await outcome(attempt(n)));
    return outcomes;
  };
  const newUser = (username: string) => {
    const password = newPassword();
    accounts.passwords.set(username, password);
    return { username, password };
  };
  return { clock, accounts, signIn, outcome, inTurn, newUser, otherNode: () => nodeUnder(ring()) };
}

const times = (count: number, value: string | number) => Array.from({ length: count }, () => value);

describe('[H06] A guesser', () => {
  it.each<[string, SessionOptionsInput, (n: number) => Partial<SignInAttempt>, number]>([
    ['at one user from one address', {}, () => ({ address: '198.51.100.1' }), 5],
    ['at one user from everywhere', { freeFailuresPerUser: 9 }, () => ({}), 9],
    [
      'at everybody from one address',
      { freeFailuresPerAddress: 9 },
      (n) => ({ username: `user-${n}`, address: '198.51.100.1' }),
      9,
    ],
    [
      'at everybody from everywhere',
      { freeFailuresOverall: 9, overallDrainSeconds: 9 },
      (n) => ({ username: `user-${n}` }),
      9,
    ],
  ])('%s is slowed down, however many guesses come at once', async (_, options, guess, free) => {
    const { accounts, outcome } = guard(options);
    const outcomes = await Promise.all(Array.from({ length: 60 }, (_none, n) => outcome(guess(n))));
    expect(outcomes.filter((one) => one === 'refused')).toHaveLength(free);
    expect(outcomes.filter((one) => one === 1)).toHaveLength(60 - free);
    expect(accounts.asked).toBe(free);
  });

  it('waits twice as long after each further guess at a user, from wherever it comes', async () => {
    const { clock, inTurn, outcome } = guard({ freeFailuresPerUser: 3, longestWaitSeconds: 8 });
    expect(await inTurn(4, () => ({}))).toEqual([...times(3, 'refused'), 1]);
    for (const wait of [1, 2, 4, 8, 8]) {
      expect(await outcome({})).toBe(wait);
      clock.advance(wait);
      expect(await outcome({})).toBe('refused');
    }
  });

  it('gets as many guesses in all as drain, evenly and not after a long wait', async () => {
    const { clock, inTurn } = guard({ freeFailuresOverall: 10, overallDrainSeconds: 100 });
    const spread = (n: number) => ({ username: `user-${n}` });
    expect(await inTurn(12, spread)).toEqual([...times(10, 'refused'), 10, 10]);
    for (let round = 0; round < 3; round += 1) {
      clock.advance(10);
      expect(await inTurn(2, spread)).toEqual(['refused', 10]);
    }
    clock.advance(100);
    expect(await inTurn(11, spread)).toEqual([...times(10, 'refused'), 10]);
  });

  it('gets no new guesses from what the owner does', async () => {
    const { inTurn, outcome, newUser } = guard({ freeFailuresPerUser: 6 });
    const owner = newUser('anna');
    expect(await inTurn(5, () => ({}))).toEqual(times(5, 'refused'));
    expect(await outcome(owner)).toBe('in');
    expect(await inTurn(2, () => ({}))).toEqual(['refused', 1]);
  });

  it('gets none by an account of his own: where he is known, he is for that account alone', async () => {
    const { signIn, inTurn, outcome, newUser } = guard({ freeFailuresPerUser: 3, freeFailuresPerAddress: 7 });
    const mallory = { ...newUser('mallory'), address: '198.51.100.66' };
    expect(await outcome(mallory)).toBe('in');
    const deviceProof = signIn.proveDevice('mallory');
    const guess = { username: 'anna', address: mallory.address, deviceProof };
    expect(await inTurn(4, () => guess)).toEqual([...times(3, 'refused'), 1]);
    const others = (n: number) => ({ username: `user-${n}`, address: mallory.address });
    expect(await inTurn(3, others)).toEqual(times(3, 'refused'));
    expect(await outcome(mallory)).toBe('in');
    expect(await inTurn(2, others)).toEqual(['refused', 1]);
  });

  it('learns nobody’s name: one who is unknown, suspended or impossible is answered and slowed down alike', async () => {
    const { accounts, clock, inTurn, newUser } = guard();
    newUser('anna');
    const { password } = newUser('susan');
    accounts.suspended.add('susan');
    const course = async (attempt: Partial<SignInAttempt>) => {
      const [address, asked] = [newAddress(), accounts.asked];
      const outcomes = await inTurn(7, () => ({ ...attempt, address }));
      clock.advance(1);
      outcomes.push(...(await inTurn(2, () => ({ ...attempt, address }))));
      return { outcomes, asked: accounts.asked - asked };
    };
    const expected = { outcomes: [...times(5, 'refused'), 1, 1, 'refused', 2], asked: 6 };
    for (const attempt of [
      { username: 'anna' },
      { username: 'nobody' },
      { username: 'susan', password },
      { username: 'no body' },
    ])
      expect(await course(attempt)).toEqual(expected);
  });

  it('gets none while failures cannot be counted', async () => {
    const { accounts, outcome, newUser } = guard({}, new AwayAttemptStore());
    expect(await outcome(newUser('anna'))).toBe('temporarily_unavailable');
    expect(accounts.asked).toBe(0);
  });
});

describe('[H06] Where the owner signed in before', () => {
  const HOME = '203.0.113.7';
  const options = {
    freeFailuresPerUser: 10,
    freeFailuresOverall: 20,
    overallDrainSeconds: 20_000,
  };

  /** Anna has signed in at home; then strangers have used up what is free for her, and for everybody. */
  async function besieged() {
    const made = guard(options);
    const owner = made.newUser('anna');
    expect(await made.outcome({ ...owner, address: HOME })).toBe('in');
    const deviceProof = made.signIn.proveDevice('Anna');
    const siege = async () => {
      await made.inTurn(12, () => ({}));
      await made.inTurn(25, (n) => ({ username: `user-${n}` }));
      expect(await made.outcome({ username: 'berta' })).toBeGreaterThan(900);
      expect(await made.outcome(owner)).toBeGreaterThan(900);
    };
    await siege();
    return { ...made, owner, deviceProof, siege };
  }

  it('a stranger’s guesses never make the owner wait, in the place or on the device', async () => {
    const { owner, deviceProof, outcome } = await besieged();
    expect(await outcome({ ...owner, address: HOME })).toBe('in');
    expect(await outcome({ ...owner, deviceProof })).toBe('in');
    // The device has made a second place known.
    const office = newAddress();
    expect(await outcome({ ...owner, address: office })).toBeGreaterThan(900);
    expect(await outcome({ ...owner, address: office, deviceProof })).toBe('in');
    expect(await outcome({ ...owner, address: office })).toBe('in');
  });

  it('a stranger in the same place makes the place wait, and not the device', async () => {
    const { owner, deviceProof, inTurn, outcome } = await besieged();
    expect(await inTurn(6, () => ({ address: HOME }))).toEqual([...times(5, 'refused'), 1]);
    expect(await outcome({ ...owner, address: HOME })).toBe(1);
    expect(await outcome({ ...owner, address: HOME, deviceProof })).toBe('in');
  });

  it('whoever got hold of the device guesses as slowly as anybody, wherever it is taken', async () => {
    const { signIn, owner, deviceProof, inTurn, outcome } = await besieged();
    expect(await inTurn(6, () => ({ deviceProof }))).toEqual([...times(5, 'refused'), 1]);
    expect(await outcome({ ...owner, deviceProof })).toBe(1);
    const anew = () => ({ deviceProof: signIn.proveDevice('anna') });
    expect(await inTurn(6, anew)).toEqual([...times(5, 'refused'), 1]);
    expect(await outcome({ ...owner, address: HOME })).toBe('in');
  });

  it('is forgotten after 90 days without a sign-in, and not before', async () => {
    const { owner, clock, deviceProof, siege, outcome } = await besieged();
    clock.advance(89 * DAY_SECONDS);
    await siege();
    expect(await outcome({ ...owner, address: HOME })).toBe('in');
    clock.advance(DAY_SECONDS);
    await siege();
    expect(await outcome({ ...owner, deviceProof })).toBeGreaterThan(900);
    expect(await outcome({ ...owner, address: HOME })).toBe('in');
    clock.advance(90 * DAY_SECONDS);
    await siege();
    expect(await outcome({ ...owner, address: HOME })).toBeGreaterThan(900);
  });

  it('nobody is taken to be who only says so: a proof that does not hold counts as none', async () => {
    const { signIn, owner, deviceProof, otherNode, outcome } = await besieged();
    const [id, expiresAt, ...tag] = deviceProof.split('.');
    const forged = [
      '',
      'x'.repeat(100_000),
      `${id}.${expiresAt}`,
      signIn.proveDevice('berta'),
      otherNode().proveDevice('anna'),
      [id, Number(expiresAt) + 1, ...tag].join('.'),
      ['A'.repeat(22), expiresAt, ...tag].join('.'),
      `${deviceProof}A`,
      `${deviceProof.slice(0, -4)}AAAA`,
    ];
    const answers = new Set();
    for (const one of forged) answers.add(await outcome({ ...owner, deviceProof: one }));
    expect(answers).toEqual(new Set([await outcome(owner)]));
    expect(await outcome({ ...owner, deviceProof })).toBe('in');
  });

  it('and where nobody failed, everybody may come at once', async () => {
    const { outcome, newUser } = guard({ ...options, freeFailuresOverall: 5 });
    for (let n = 0; n < 30; n += 1) expect(await outcome(newUser(`user-${n}`))).toBe('in');
  });
});

describe('[H06] A password of more than 4 KiB', () => {
  const hasher = new PasswordHasher();
  const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

  it('is nobody’s, whatever was kept', async () => {
    for (const password of ['x'.repeat(4097), '€'.repeat(1366), 'x'.repeat(1 << 20)]) {
      for (const kept of [password, '', password.slice(0, 4096)])
        expect(await hasher.verify(password, await hash(kept, PARAMETERS))).toBe(false);
      await expect(hasher.hash(password)).rejects.toThrow(RangeError);
    }
    const longest = 'x'.repeat(4096);
    expect(await hasher.verify(longest, await hasher.hash(longest))).toBe(true);
  });

  it('takes as long as any other', async () => {
    const kept = await hasher.hash('right');
    const fastest = { wrong: Infinity, long: Infinity };
    const areAlike = () => fastest.long > fastest.wrong / 2 && fastest.long < fastest.wrong * 2;
    // More where the machine does much else: it makes one take longer, and never less long.
    for (let sample = 0; sample < 8 || (sample < 60 && !areAlike()); sample += 1)
      for (const [kind, password] of [
        ['wrong', 'wrong'],
        ['long', 'x'.repeat(1 << 20)],
      ] as const) {
        const startedAt = performance.now();
        expect(await hasher.verify(password, kept)).toBe(false);
        fastest[kind] = Math.min(fastest[kind], performance.now() - startedAt);
      }
    expect(fastest.long).toBeGreaterThan(fastest.wrong / 2);
    expect(fastest.long).toBeLessThan(fastest.wrong * 2);
  });
});
