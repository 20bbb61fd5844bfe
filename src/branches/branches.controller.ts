import { Controller, Get, UseGuards } from '@nestjs/common';
import { AppKeyGuard, AppScopes, CallingApp, Protect, type CallingAppFacts } from '@portcullis/nest';

const BRANCHES = [
  { id: 'harbour', name: 'Harbour Street', city: 'Aarhus' },
  { id: 'station', name: 'Central Station', city: 'Odense' },
] as const;

/** Where the bank has its branches: for any registered app that may read them. */
@Controller('branches')
export class BranchesController {
  @UseGuards(AppKeyGuard)
  @AppScopes('branches:read')
  @Get()
  list(): typeof BRANCHES {
    return BRANCHES;
  }

  /** The same, for an app that signs; its answer says who asked. */
  @Protect({ signature: true, app: ['branches:read'] })
  @Get('signed')
  signed(@CallingApp() app: CallingAppFacts): object {
    return { app: app.name, branches: BRANCHES };
  }
}
