import { randomBytes } from 'node:crypto';
import { KeyRing } from '@portcullis/nest';
import { InvalidEnvironment, type Environment } from './environment.js';
import { keptText } from './kept-text.js';

export interface BankSecrets {
  readonly adminKey: string;
  readonly keyRing: KeyRing;
}

const newSecret = () => randomBytes(32).toString('base64url');

/** From the environment, or from files of the data folder that are made on the first start. Throws InvalidEnvironment. */
export function readSecrets({ adminKey, keyRing, dataDir }: Environment): BankSecrets {
  const text = keyRing ?? keptText(dataDir, 'key-ring', newSecret);
  return { adminKey: adminKey ?? keptText(dataDir, 'admin-key', newSecret), keyRing: keyRingOf(text) };
}

function keyRingOf(text: string): KeyRing {
  try {
    return KeyRing.parse(text);
  } catch {
    // Not the parser's word: it knows the index, and whoever reads ours knows the variable.
    throw new InvalidEnvironment(['PORTCULLIS_KEY_RING']);
  }
}
