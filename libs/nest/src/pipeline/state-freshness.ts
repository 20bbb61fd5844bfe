/** How far behind this node may be with what other nodes have changed or revoked. */
export abstract class StateFreshness {
  /** Milliseconds since the moment up to which this node has heard everything. Infinity while it has heard nothing yet. */
  abstract ageMs(): number;
}

/** Where nothing is changed or revoked while the application runs. */
export class AlwaysFresh extends StateFreshness {
  override ageMs(): number {
    return 0;
  }
}
