import type { Provider } from '@nestjs/common';
import { AdminKeyStore } from '../authorities/admin-keys/index.js';
import { AppStore } from '../authorities/apps/index.js';
import {
  AuthorizationCodeStore,
  CodeRedemptionStore,
  ConsentStore,
  PushedRequestStore,
} from '../authorities/authorizations/index.js';
import { ResourceServerStore } from '../authorities/resources/index.js';
import { AttemptStore, SessionStore } from '../authorities/sessions/index.js';
import { RefreshFamilyStore, SigningKeyStore } from '../authorities/tokens/index.js';
import { UserStore } from '../authorities/users/index.js';
import { KeyRing } from '../crypto/index.js';
import { AlwaysFresh, ClaimStore, Clock, StateFreshness, type ReplayJournal } from '../pipeline/index.js';
import type { PortcullisOptions } from '../portcullis.options.js';
import {
  Announcements,
  AuditStore,
  ChangeFeed,
  ChangeStore,
  NoChanges,
  OneAtATime,
  StoredChangeFeed,
  Transactions,
} from '../state/index.js';
import {
  JournaledClaimStore,
  LocalAnnouncements,
  MemoryAttemptStore,
  NoJournal,
} from '../stores/memory/index.js';
import { absent } from './absent.js';
import { from } from './provide.js';

/** Where state lives. */
export const STORES: Provider[] = [
  from(KeyRing, ({ given }) => given.keyRing ?? absent('KeyRing')),
  from(Transactions, ({ given }) => given.stores?.transactions ?? absent('Transactions')),
  from(AppStore, ({ given }) => given.stores?.apps ?? absent('AppStore')),
  from(UserStore, ({ given }) => given.stores?.users ?? absent('UserStore')),
  from(SessionStore, ({ given }) => given.stores?.sessions ?? absent('SessionStore')),
  from(AdminKeyStore, ({ given }) => given.stores?.adminKeys ?? absent('AdminKeyStore')),
  from(AuditStore, ({ given }) => given.stores?.audit ?? absent('AuditStore')),
  from(SigningKeyStore, ({ given }) => given.stores?.signingKeys ?? absent('SigningKeyStore')),
  from(RefreshFamilyStore, ({ given }) => given.stores?.refreshFamilies ?? absent('RefreshFamilyStore')),
  from(ResourceServerStore, ({ given }) => given.stores?.resources ?? absent('ResourceServerStore')),
  from(ConsentStore, ({ given }) => given.stores?.consents ?? absent('ConsentStore')),
  from(
    AuthorizationCodeStore,
    ({ given }) => given.stores?.authorizationCodes ?? absent('AuthorizationCodeStore'),
  ),
  from(CodeRedemptionStore, ({ given }) => given.stores?.codeRedemptions ?? absent('CodeRedemptionStore')),
  from(PushedRequestStore, ({ given }) => given.stores?.pushedRequests ?? absent('PushedRequestStore')),
  from(OneAtATime, ({ given }) => given.stores?.oneAtATime ?? absent('OneAtATime')),
  from(ChangeStore, ({ given }) => given.stores?.changes ?? absent('ChangeStore')),
  from(
    Announcements,
    ({ given: { shared, stores } }) =>
      shared?.announcements ?? stores?.announcements ?? new LocalAnnouncements(),
  ),
  from(ChangeFeed, changeFeed, Announcements, Clock),
  from(
    StateFreshness,
    (_, changes: ChangeFeed) => (changes instanceof StoredChangeFeed ? changes.freshness : new AlwaysFresh()),
    ChangeFeed,
  ),
  from(AttemptStore, ({ given }) => given.shared?.attempts ?? new MemoryAttemptStore()),
  from(ClaimStore, claims, Clock),
];

function changeFeed(
  { given: { stores }, pipeline }: PortcullisOptions,
  announcements: Announcements,
  clock: Clock,
): ChangeFeed {
  if (!stores) return new NoChanges();
  const { changes: store, transactions } = stores;
  const { staleAfterMs } = pipeline.revocation;
  return new StoredChangeFeed({ store, transactions, announcements, clock, staleAfterMs });
}

function claims({ given, signature, integrity, dpop }: PortcullisOptions, clock: Clock): ClaimStore {
  const { claims: replaced, stores, shared } = given;
  if (replaced) return replaced;
  const journal: ReplayJournal = stores?.replayJournal(clock) ?? new NoJournal();
  const aheadSeconds = Math.max(
    signature.maxAheadSeconds,
    integrity.skewSeconds,
    dpop.proofMaxAheadSeconds,
    dpop.nodeSkewSeconds,
  );
  if (!shared) return new JournaledClaimStore({ clock, journal, maxAheadMs: aheadSeconds * 1000 });
  // Another node's clock may be ahead of this one's, and admit that much more.
  const nodeSkewMs = signature.nodeSkewSeconds * 1000;
  const maxAheadMs = aheadSeconds * 1000 + nodeSkewMs;
  return shared.claims({ clock, journal, maxAheadMs, nodeSkewMs });
}
