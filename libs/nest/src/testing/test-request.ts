/** What a test wants to send. */
export interface RequestParts {
  /** `GET`, or `POST` with a body. */
  readonly method?: string;
  /** Request target: path and query, encoded as they are to be sent. */
  readonly path: string;
  /** Beside those that are sent by default; `undefined` leaves one of these out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Text and bytes are sent as they are, everything else as JSON. */
  readonly body?: unknown;
}

/** A request for fetch or supertest; a plain object, of which anything can be changed after it was signed. */
export interface TestRequest {
  readonly method: string;
  /** Origin and path, for fetch. */
  readonly url: string;
  /** For supertest. */
  readonly path: string;
  /** By lower-case name. `host` is among them: supertest would send its own. */
  readonly headers: Record<string, string>;
  readonly body?: string | Buffer<ArrayBuffer>;
}
