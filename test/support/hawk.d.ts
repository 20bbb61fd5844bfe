declare module 'hawk' {
  interface Credentials {
    id: string;
    key: string;
    algorithm: 'sha256';
  }
  interface ClientOptions {
    credentials: Credentials;
    payload?: string;
    contentType?: string;
    timestamp?: number;
    nonce?: string;
    ext?: string;
    app?: string;
    dlg?: string;
    hash?: string;
  }
  const Hawk: {
    client: {
      header(url: string, method: string, options: ClientOptions): { header: string; artifacts: object };
      authenticate(
        response: { headers: Record<string, string> },
        credentials: Credentials,
        artifacts: object,
        options?: { payload?: string; required?: boolean },
      ): { headers: Record<string, Record<string, string>> };
    };
  };
  export default Hawk;
}
