export { RequestSignatureLayer } from './request-signature.layer.js';
export { RequestSignatureOptions, type RequestSignatureOptionsInput } from './request-signature.options.js';
export { SignatureGuard } from './signature.guard.js';
export type { PresentedSignature, SignatureScheme } from './signature-scheme.js';
export { SigningSecrets, type SigningSecret } from './signing-secret.store.js';
