import { Body, Delete, Get, Header, Inject, Optional, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { AdminScope } from '../../authorities/admin-keys/index.js';
import { SigningKeys, type PublishedSigningKey, type SigningKey } from '../../authorities/tokens/index.js';
import { SecurityProblem, ZodValidationPipe } from '../../pipeline/index.js';
import { Administration } from './administration.decorator.js';
import { newSigningKeySchema } from './signing-keys.schemas.js';

type ShownKey = Omit<SigningKey, 'publicJwk'>;
/** With the secret of a new HS256 key. */
type NewKey = ShownKey & { readonly secret?: string };

interface Dropped {
  readonly dropped: string;
  /** What signs instead, where it was the key that signed. */
  readonly successor: NewKey | null;
}

/**
 * The keys that access tokens are signed with. The secret of one that is shared (HS256) is in the answer that makes it, and
 * never again. Where the application issues no tokens there are none: 404.
 */
@Administration('signing-keys')
export class SigningKeysController {
  constructor(@Optional() @Inject(SigningKeys) private readonly keys: SigningKeys | undefined) {}

  @AdminScope('signing-keys:read')
  @Get()
  async list(): Promise<ShownKey[]> {
    return (await this.ring().list()).map(shown);
  }

  @AdminScope('signing-keys:write')
  @Header('Cache-Control', 'no-store')
  @Post()
  async publish(
    @Body(new ZodValidationPipe(newSigningKeySchema))
    { signInSeconds: leadSeconds, secret }: z.output<typeof newSigningKeySchema>,
  ): Promise<NewKey> {
    return shownNew(await this.ring().publish({ leadSeconds, secret }));
  }

  @AdminScope('signing-keys:write')
  @Header('Cache-Control', 'no-store')
  @Delete(':kid')
  async drop(@Param('kid') kid: string): Promise<Dropped> {
    const { successor } = await this.ring().drop(kid);
    return { dropped: kid, successor: successor ? shownNew(successor) : null };
  }

  private ring(): SigningKeys {
    if (this.keys instanceof SigningKeys) return this.keys;
    throw new SecurityProblem('not_found', {
      reason: 'no_tokens',
      detail: 'This application issues no tokens, and has no signing keys.',
    });
  }
}

function shownNew({ key, secret }: PublishedSigningKey): NewKey {
  return { ...shown(key), ...(secret !== undefined && { secret }) };
}

function shown({ kid, algorithm, createdAt, signsFrom, state, verifiesUntil }: SigningKey): ShownKey {
  return { kid, algorithm, createdAt, signsFrom, state, verifiesUntil };
}
