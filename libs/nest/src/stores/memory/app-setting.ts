import { decodeBase64, SCOPE_TOKEN } from '@portcullis/wire';
import { z } from 'zod';

const SHORTEST_SECRET_BYTES = 32;

const scope = z.string().regex(SCOPE_TOKEN, 'expected a scope token (RFC 6749 §3.3)');

/** RFC 7518 §3.2 */
const signingSecret = z
  .string()
  .refine(
    (text) => Buffer.byteLength(text, 'utf8') >= SHORTEST_SECRET_BYTES,
    `expected at least ${SHORTEST_SECRET_BYTES} bytes`,
  );

const integritySecret = z
  .string()
  .refine(
    (text) => (decodeBase64(text)?.byteLength ?? 0) >= SHORTEST_SECRET_BYTES,
    `expected the base64 of at least ${SHORTEST_SECRET_BYTES} bytes`,
  );

export const appSettingSchema = z
  .strictObject({
    /** 1 to 128 printable ASCII characters, compared byte by byte. */
    id: z
      .string()
      .regex(/^[\x21-\x7e]{1,128}$/, 'expected 1 to 128 printable ASCII characters without a space'),
    /** The id unless it is given. */
    name: z.string().optional(),
    /** What the app may do. */
    scopes: z.array(scope).readonly().optional(),
    /** A suspended app is refused. */
    suspended: z.boolean().optional(),
    /** Newest first: while two are listed, both work. At least 32 bytes each. */
    signingSecrets: z.array(signingSecret).readonly().optional(),
    /** Newest first, base64 of at least 32 bytes each: what the app's attestation service signs tokens with. */
    integritySecrets: z.array(integritySecret).readonly().optional(),
  })
  .superRefine(({ signingSecrets = [], integritySecrets = [] }, context) => {
    // One secret serves one purpose: whoever sees one used could use it as the other.
    const signing = new Set(signingSecrets.map((text) => Buffer.from(text, 'utf8').toString('base64')));
    for (const [index, text] of integritySecrets.entries()) {
      const bytes = decodeBase64(text);
      if (bytes && signing.has(Buffer.from(bytes).toString('base64')))
        context.addIssue({
          code: 'custom',
          path: ['integritySecrets', index],
          message: 'expected a secret for each purpose: this one signs requests',
        });
    }
  });

/** Apps as a configuration lists them. */
export const appSettingsSchema = z.array(appSettingSchema).superRefine((apps, context) => {
  for (const [index, { id }] of apps.entries())
    if (apps.findIndex((other) => other.id === id) < index)
      context.addIssue({
        code: 'custom',
        path: [index, 'id'],
        message: 'expected an id that is not listed twice',
      });
});

export type AppSetting = z.input<typeof appSettingSchema>;
