import { BankProcess } from '../support/bank-process.js';
import { freePort, newBankHome, type BankHome } from '../support/bank.js';
import { demoVariables, type Variables } from './page-environment.js';

/** The sample bank after its first start, one for all pages of a run: most of their time would go into its starts. */
export class DemoBank {
  private home: BankHome | undefined;
  private process: BankProcess | undefined;
  private started: Promise<Variables> | undefined;

  private constructor(readonly port: number) {}

  /** Nothing runs yet, but where it will listen is known. */
  static async prepare(): Promise<DemoBank> {
    return new DemoBank(await freePort());
  }

  /** Starts it when it is first asked for. What the examples are told of it. */
  async variables(): Promise<Variables> {
    this.started ??= this.start();
    return this.started;
  }

  /** Leaves nothing behind. */
  async remove(): Promise<void> {
    await this.started?.catch(() => {});
    await this.process?.stop();
    await this.home?.remove();
    this.home = undefined;
  }

  private async start(): Promise<Variables> {
    this.home = await newBankHome({ embedded: true });
    this.process = await BankProcess.start({ home: this.home, port: this.port });
    const dataDir = this.home.variables['DATA_DIR'] as string;
    return demoVariables(this.process.url, { dataDir, adminKey: this.home.adminKey });
  }
}
