export { RequestSignatureLayer } from './request-signature.layer.js';
export {
  RequestSignatureOptions,
  requestSignatureOptionsSchema,
  type RequestSignatureOptionsInput,
} from './request-signature.options.js';
export { SignatureGuard } from './signature.guard.js';
export { HawkScheme } from './hawk.scheme.js';
export { HttpMessageSignatureScheme } from './http-message-signature.scheme.js';
export { SIGNATURE_SCHEMES, type PresentedSignature, type SignatureScheme } from './signature-scheme.js';
export { SigningSecrets, type SigningSecret } from './signing-secret.store.js';
