import { MalformedCredentials, readCredentials, type Credentials, type RawHeaders } from '@portcullis/wire';
import type { CredentialSources } from './credential-sources.js';
import { SecurityProblem } from './security-problem.js';

/** Every credential of a request, each at most once. Throws `malformed_credentials`. */
export function presentedCredentials(
  { rawHeaders, target }: { readonly rawHeaders: RawHeaders; readonly target: string },
  sources: CredentialSources,
): Credentials {
  try {
    return readCredentials(rawHeaders, target, sources);
  } catch (error) {
    if (error instanceof MalformedCredentials)
      throw new SecurityProblem('malformed_credentials', { reason: error.reason });
    throw error;
  }
}
