/** An app's signing secret as text, or what reads it from where the platform keeps secrets. Asked once. */
export type SigningSecret = string | (() => string | Promise<string>);
