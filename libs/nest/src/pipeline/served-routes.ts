import { Injectable, RequestMethod, type Type } from '@nestjs/common';
import {
  ApplicationConfig,
  DiscoveryService,
  HttpAdapterHost,
  ModulesContainer,
  Reflector,
} from '@nestjs/core';
import { RoutePathFactory } from '@nestjs/core/router/route-path-factory.js';
import type { Handler } from './gather-protection.js';

type RoutePath = Parameters<RoutePathFactory['create']>[0];
type Version = RoutePath['controllerVersion'];

/** Nest's metadata keys: of a module's path (`RouterModule`; followed by the application's id, or alone), of a version. */
const MODULE_PATH = '__module_path__';
const VERSION = '__version__';

/**
 * Under which routes a handler is really served: with the global prefix and its exclusions, the prefixes of
 * `RouterModule`, and the versions that stand in paths. Nest's own factory makes the paths, as it does for the router.
 */
@Injectable()
export class ServedRoutes {
  private readonly paths: RoutePathFactory;

  constructor(
    private readonly config: ApplicationConfig,
    private readonly discovery: DiscoveryService,
    private readonly modules: ModulesContainer,
    private readonly reflector: Reflector,
    private readonly adapters: HttpAdapterHost,
  ) {
    this.paths = new RoutePathFactory(config);
  }

  /** `GET /v1/accounts/:id` and the like, one for each path and version; none when the method is no handler. */
  of(controller: Type, handler: Handler): string[] {
    const method = this.reflector.get<RequestMethod | undefined>('method', handler);
    if (method === undefined) return [];
    const paths = this.modulePathsOf(controller).flatMap((modulePath) =>
      pathsOf(controller).flatMap((ctrlPath) =>
        pathsOf(handler).map((methodPath) => ({
          modulePath,
          ctrlPath,
          methodPath,
          globalPrefix: this.config.getGlobalPrefix(),
          ...this.versionsOf(controller, handler),
        })),
      ),
    );
    const served = paths.flatMap((path) => this.paths.create(path, method));
    return [...new Set(served)].map((path) => `${RequestMethod[method]} ${this.spelled(path)}`);
  }

  private versionsOf(controller: Type, handler: Handler): RoutePath {
    const versioningOptions = this.config.getVersioning();
    if (!versioningOptions) return {};
    const versionOf = (target: object) => Reflect.getMetadata(VERSION, target) as Version;
    return {
      versioningOptions,
      controllerVersion: versionOf(controller) ?? versioningOptions.defaultVersion,
      methodVersion: versionOf(handler),
    };
  }

  /** As the adapter spells it: Express writes an old `/*` as `/{*path}`. */
  private spelled(path: string): string {
    return this.adapters.httpAdapter.normalizePath(path);
  }

  /** Of every module that has the controller: each serves it under its own path. */
  private modulePathsOf(controller: Type): (string | undefined)[] {
    const paths = this.discovery
      .getControllers()
      .filter(({ metatype }) => metatype === controller)
      .map(({ host }) => host?.metatype && this.modulePathOf(host.metatype));
    return [...new Set(paths)];
  }

  private modulePathOf(module: object): string | undefined {
    const ofApplication: unknown = Reflect.getMetadata(MODULE_PATH + this.modules.applicationId, module);
    return (ofApplication ?? Reflect.getMetadata(MODULE_PATH, module)) as string | undefined;
  }
}

function pathsOf(target: object): string[] {
  const paths = Reflect.getMetadata('path', target) as string | string[] | undefined;
  return [paths ?? ''].flat().map((path) => (path.startsWith('/') ? path : `/${path}`));
}
