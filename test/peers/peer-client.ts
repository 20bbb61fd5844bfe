import type { CryptoKeyPair } from 'oauth4webapi';
import type { PeerApp } from './peer-apps.js';

/** What is asked of a client library, in the words of all of them. */
export interface PeerClient {
  /** Where the user is sent: with the request itself, or with the reference of one that was pushed (RFC 9126). */
  begin(request: { readonly pushed: boolean }): Promise<URL>;
  /** With the address that the user came back to. */
  redeem(callback: URL): Promise<PeerTokens>;
  refresh(refreshToken: string): Promise<PeerTokens>;
  ownTokens(): Promise<PeerTokens>;
  introspect(token: string): Promise<Readonly<Record<string, unknown>>>;
  revoke(token: string): Promise<void>;
  /** A call to a resource, of which the status is told. */
  call(accessToken: string, url: URL): Promise<number>;
}

export interface PeerTokens {
  readonly access_token: string;
  readonly token_type: string;
  readonly refresh_token?: string | undefined;
  readonly scope?: string | undefined;
}

export interface PeerParts {
  readonly issuer: URL;
  readonly app: PeerApp;
  readonly redirectUri: string;
  readonly scope: string;
  /** A key, when tokens are to be bound to it (RFC 9449). */
  readonly dpopKeys?: CryptoKeyPair | undefined;
  /** By how much the device's clock is wrong. */
  readonly clockSkewSeconds: number;
}

/** Begins as the library does: with what the issuer says of itself. */
export type StartPeerClient = (parts: PeerParts) => Promise<PeerClient>;
