import { applyDecorators, Controller, UseGuards } from '@nestjs/common';
import { ProtectedElsewhere } from '../../pipeline/index.js';
import { AdminKeyGuard } from './admin-key.guard.js';

/** A controller of the administration interface, under `/admin`, behind the administration key. */
export function Administration(path: string): ClassDecorator {
  return applyDecorators(
    Controller(`admin/${path}`),
    UseGuards(AdminKeyGuard),
    ProtectedElsewhere('the administration key'),
  );
}
