import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import {
  ApplicationConfig,
  DiscoveryService,
  HttpAdapterHost,
  MetadataScanner,
  Reflector,
} from '@nestjs/core';
import { SCOPE_TOKEN } from '@portcullis/wire';
import { guardsOf, protectionOf, type Handler } from './gather-protection.js';
import { PipelineOptions } from './pipeline.options.js';
import { PlanBook, type Plan } from './plan.js';
import { PROTECTED_ELSEWHERE, PUBLIC, STRICT_REVOCATION } from './protection.decorators.js';
import { APP_SCOPES, USER_SCOPES } from './scope-metadata.js';
import { RouteInventory } from './route-inventory.js';
import { ServedRoutes } from './served-routes.js';
import { LAYER_ORDER, type LayerName } from './layer-order.js';
import type { SecurityLayer } from './security-layer.js';
import type { Protection } from './protection.js';

/** Injection token of the list of layers that this application has. */
export const SECURITY_LAYERS = Symbol('portcullis:layers');

/** The application has routes that nobody guards. Lists them. */
export class UnguardedRoutes extends Error {
  constructor(readonly routes: readonly string[]) {
    super(
      `unguarded routes (protect them, or open them with @Public() or @ProtectedElsewhere('reason')): ${routes.join(', ')}`,
    );
    this.name = 'UnguardedRoutes';
  }
}

/** At boot: reads every handler's guards and decorators, compiles its plan, and looks for routes that have none. */
@Injectable()
export class PlanCompiler implements OnModuleInit, OnApplicationBootstrap {
  private readonly logger = new Logger('Portcullis');
  private readonly layers: ReadonlyMap<LayerName, SecurityLayer<unknown>>;

  constructor(
    private readonly options: PipelineOptions,
    private readonly plans: PlanBook,
    private readonly inventory: RouteInventory,
    private readonly served: ServedRoutes,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
    private readonly config: ApplicationConfig,
    private readonly adapters: HttpAdapterHost,
    @Inject(SECURITY_LAYERS) layers: readonly SecurityLayer<unknown>[],
  ) {
    this.layers = new Map(layers.map((layer) => [layer.name, layer]));
  }

  onModuleInit(): void {
    this.inventory.watchNotFound(this.adapters.httpAdapter);
  }

  onApplicationBootstrap(): void {
    const unguarded = this.discovery
      .getControllers()
      .flatMap(({ metatype }) => (metatype ? this.compileController(metatype as Type) : []));
    for (const name of this.layers.keys()) this.plans.setOfLayer(name, this.planOfLayer(name));
    this.refuseUnseenRoutes();
    const direct = this.inventory
      .directRoutes(this.adapters.httpAdapter)
      .filter((route) => !this.options.knownRoutes.some((known) => matches(known, route)));
    // A controller of two modules is met twice, and so is a route of which several versions share the path.
    this.inventory.unguarded = [...new Set([...unguarded, ...direct])];
    this.complain(this.inventory.unguarded);
  }

  /** Returns the routes of the controller that are unguarded. */
  private compileController(controller: Type): string[] {
    return this.scanner.getAllMethodNames(controller.prototype as object).flatMap((name) => {
      const handler = (controller.prototype as Record<string, Handler>)[name] as Handler;
      const routes = this.served.of(controller, handler);
      if (routes.length === 0) return [];
      this.inventory.addController(routes, { controller, name });
      return this.compileHandler(controller, handler, routes) ? [] : routes;
    });
  }

  private compileHandler(controller: Type, handler: Handler, routes: readonly string[]): boolean {
    const route = routes[0] as string;
    const guards = guardsOf(controller, handler, this.config);
    const protection = protectionOf({ controller, handler, guards, reflector: this.reflector });
    const opened =
      this.reflector.getAllAndOverride<unknown>(PUBLIC, [handler, controller]) ??
      this.reflector.getAllAndOverride<unknown>(PROTECTED_ELSEWHERE, [handler, controller]);
    if (!protection) {
      this.refuseUnheededScopes(route, controller, handler);
      this.refuseUnheededRevocation(route, handler);
      if (opened !== undefined) this.plans.setOpen(routes, typeof opened === 'string' ? opened : undefined);
      return opened !== undefined;
    }
    this.refuseWrongScopes(route, protection);
    const plan = this.planOf(protection, routes);
    if (plan.protection.layers.includes('request-signature') && !this.inventory.isInstalled) {
      throw new Error(
        `${route} demands a signature, and nobody keeps the bytes of bodies: call usePortcullis(app) before the application starts`,
      );
    }
    this.plans.set(controller, handler, plan);
    return true;
  }

  private planOf(protection: Protection, routes: readonly string[]): Plan {
    const route = routes[0] as string;
    const names = this.close(protection.layers);
    const steps = LAYER_ORDER.filter((name) => names.has(name)).map((name) => {
      const layer = this.layers.get(name);
      if (!layer) throw new Error(`${route} demands the layer ${name}, which this application does not have`);
      return { layer, policy: layer.policy({ ...protection, layers: names }) };
    });
    const { staleAfterMs, strictStaleAfterMs } = this.options.revocation;
    return {
      route,
      routes,
      steps,
      staleAfterMs: protection.strictRevocation ? strictStaleAfterMs : staleAfterMs,
      protection: {
        layers: steps.map((step) => step.layer.name),
        appScopes: protection.appScopes,
        userScopes: protection.userScopes,
        optionalSignature: protection.signature.optional,
        singleUse: protection.integrity.singleUse === true,
        strictRevocation: protection.strictRevocation,
      },
    };
  }

  /** Demands the layer and no scope; the scopes layer is there to say which ones are effective. */
  private planOfLayer(name: LayerName): Plan {
    const layers = new Set<LayerName>([name, 'scopes']);
    const demands = { appScopes: [], userScopes: [], signature: { optional: false }, integrity: {} };
    return this.planOf({ layers, ...demands, strictRevocation: false }, [`layer ${name}`]);
  }

  /** Adds what the named layers need. */
  private close(named: ReadonlySet<LayerName>): Set<LayerName> {
    const names = new Set(named);
    for (const name of names) for (const need of this.layers.get(name)?.needs ?? []) names.add(need);
    return names;
  }

  private refuseWrongScopes(route: string, { appScopes, userScopes, layers }: Protection): void {
    const wrong = [...appScopes, ...userScopes].find((scope) => !SCOPE_TOKEN.test(scope));
    if (wrong !== undefined)
      throw new Error(`${route} demands the scope "${wrong}"; expected a scope token (RFC 6749 §3.3)`);
    if (userScopes.length > 0 && !layers.has('user'))
      throw new Error(`${route} demands user scopes and no user`);
  }

  /** Another guard, a Passport strategy among them, knows nothing of our scopes: they would look as if they were demanded. */
  private refuseUnheededScopes(route: string, controller: Type, handler: Handler): void {
    const scopes = [APP_SCOPES, USER_SCOPES].flatMap((key) =>
      this.reflector.getAll<(readonly string[] | undefined)[]>(key, [controller, handler]),
    );
    if (scopes.some((list) => list !== undefined && list.length > 0))
      throw new Error(
        `${route} demands scopes, and no guard of this library looks at them: stack AppKeyGuard or UserGuard there, or use @Protect(...)`,
      );
  }

  /** As of scopes; a controller may have routes of both kinds. */
  private refuseUnheededRevocation(route: string, handler: Handler): void {
    if (this.reflector.get<unknown>(STRICT_REVOCATION, handler) !== undefined)
      throw new Error(
        `${route} has @StrictRevocation(), and no guard of this library looks at it: stack AppKeyGuard there, or use @Protect(...)`,
      );
  }

  /** Fastify tells of a route only while it is added: afterwards those that no guard runs on cannot be found. */
  private refuseUnseenRoutes(): void {
    if (this.options.unguarded !== 'refuse' || this.inventory.isInstalled) return;
    if (this.adapters.httpAdapter.getType() === 'fastify')
      throw new Error(
        "nobody sees which routes are added to Fastify directly: call usePortcullis(app) before the application starts, or set unguarded to 'warn'",
      );
  }

  private complain(routes: readonly string[]): void {
    if (routes.length === 0 || this.options.unguarded === 'allow') return;
    const error = new UnguardedRoutes(routes);
    if (this.options.unguarded === 'refuse') throw error;
    this.logger.warn(error.message);
  }
}

/** `GET /docs/*` stands for every route below it. */
function matches(known: string, route: string): boolean {
  return known.endsWith('/*') ? route.startsWith(known.slice(0, -1)) : route === known;
}
