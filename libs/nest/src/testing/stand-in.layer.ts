import {
  SecurityLayer,
  type Checked,
  type Facts,
  type InboundRequest,
  type Known,
  type LayerName,
} from '../pipeline/index.js';

/** What a layer would establish about a request, or a `SecurityProblem` that it would throw. */
export type StandIn = (request: InboundRequest, known: Known) => Partial<Facts>;

/** Stands where a layer was, in the plans that are compiled from guards and decorators. */
export class StandInLayer extends SecurityLayer<null> {
  constructor(
    override readonly name: LayerName,
    private readonly standIn: StandIn,
  ) {
    super();
  }

  override get needs(): readonly LayerName[] {
    return this.name === 'app-key' ? [] : ['app-key'];
  }

  override policy(): null {
    return null;
  }

  override check(request: InboundRequest, _policy: null, known: Known): Checked {
    return { adds: this.standIn(request, known) };
  }
}
