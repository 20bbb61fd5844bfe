import { AppIntegrityLayer } from '../layers/app-integrity/index.js';
import { AppKeyLayer } from '../layers/app-key/index.js';
import { RequestSignatureLayer } from '../layers/request-signature/index.js';
import { UserLayer } from '../layers/user/index.js';
import type { ModuleBuilder } from './module-builder.js';
import { StandInLayer, type StandIn } from './stand-in.layer.js';

const LAYERS = {
  'app-key': AppKeyLayer,
  'request-signature': RequestSignatureLayer,
  'app-integrity': AppIntegrityLayer,
  user: UserLayer,
} as const;

export type ReplaceableLayer = keyof typeof LAYERS;

/**
 * Puts a stand-in where a layer is: `replaceLayer(builder, 'user', alwaysUser({ id: 'ada' }))`. Everything else stays:
 * routes are compiled into plans as before, and scopes are judged, of what the stand-in establishes.
 */
export function replaceLayer<B extends ModuleBuilder>(
  builder: B,
  name: ReplaceableLayer,
  standIn: StandIn,
): B {
  builder.overrideProvider(LAYERS[name]).useValue(new StandInLayer(name, standIn));
  return builder;
}
