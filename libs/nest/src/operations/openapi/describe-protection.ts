import type { LayerName, Plan, PlanBook } from '../../pipeline/index.js';
import { operationsOf, say, type DescribedDocument, type Operation } from './openapi-operations.js';

/** How a layer's credential is named to a reader, and how it travels. */
const SCHEMES: Partial<Record<LayerName, { readonly name: string; readonly scheme: object }>> = {
  'app-key': {
    name: 'app key',
    scheme: {
      type: 'apiKey',
      in: 'header',
      name: 'X-Api-Key',
      description: 'App id; also `Authorization: key <app-id>`.',
    },
  },
  'request-signature': {
    name: 'request signature',
    scheme: {
      type: 'apiKey',
      in: 'header',
      name: 'Signature',
      description:
        'RFC 9421 `hmac-sha256` with `Signature-Input` and `Content-Digest`, or Hawk. Names the app as well.',
    },
  },
  'app-integrity': {
    name: 'app integrity token',
    scheme: {
      type: 'apiKey',
      in: 'header',
      name: 'X-Integrity-Token',
      description: 'JWT of the attestation service.',
    },
  },
  user: {
    name: 'user',
    scheme: {
      type: 'http',
      scheme: 'bearer',
      description:
        'Session key, or access token (RFC 9068); a bound one as `Authorization: DPoP` with `DPoP: <proof>` (RFC 9449).',
    },
  },
};

/** Writes what each route demands into an OpenAPI document, from the plans that guard it. */
export function describeProtection(document: DescribedDocument, plans: PlanBook): void {
  const components = (document.components ??= {});
  components.securitySchemes = {
    ...components.securitySchemes,
    ...Object.fromEntries(Object.entries(SCHEMES).map(([layer, { scheme }]) => [layer, scheme])),
  };
  const byRoute = plans.byRoute();
  for (const { route, operation } of operationsOf(document)) {
    const plan = byRoute.get(route);
    if (plan) describe(operation, plan);
    else describeOpen(operation, plans.openRoutes.get(route));
  }
}

function describe(operation: Operation, { protection }: Plan): void {
  const { layers, appScopes, userScopes, optionalSignature, singleUse, strictRevocation } = protection;
  const demanded = layers.filter((layer) => !(layer === 'request-signature' && optionalSignature));
  const named = demanded.flatMap((layer) => SCHEMES[layer]?.name ?? []);
  const lines = [
    `Demands: ${named.join(', ')}.`,
    ...(optionalSignature && layers.includes('request-signature')
      ? ['A request signature is verified when there is one.']
      : []),
    ...(appScopes.length > 0 ? [`App scopes: ${code(appScopes)}.`] : []),
    ...(userScopes.length > 0 ? [`User scopes: ${code(userScopes)}.`] : []),
    ...(singleUse ? ['The integrity token is worth one call.'] : []),
    ...(strictRevocation ? ['Answers 503 as soon as revocations may have been missed.'] : []),
  ];
  operation['x-portcullis'] = { layers: demanded, appScopes, userScopes, strictRevocation };
  // Together: every one of them is needed. OpenAPI 3.1 lets any scheme list the roles it takes.
  const secured = demanded.filter((layer) => layer in SCHEMES);
  operation.security = [
    Object.fromEntries(secured.map((layer) => [layer, layer === 'user' ? userScopes : []])),
  ];
  say(operation, lines.join(' '));
}

function describeOpen(operation: Operation, guardedBy: string | undefined): void {
  operation['x-portcullis'] = { layers: [] };
  say(operation, guardedBy === undefined ? 'Open to everybody.' : `Guarded by: ${guardedBy}.`);
}

function code(scopes: readonly string[]): string {
  return scopes.map((scope) => `\`${scope}\``).join(', ');
}
