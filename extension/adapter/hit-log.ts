/** Which hit of a breakpoint a place is, whichever way and however often a run comes by it. */

/** A place in a run: the same numbers come back when the run is there again. */
export interface Place {
  readonly statements: number;
  readonly tick: number;
}

/** The places where a breakpoint was hit, in the order of the run. */
export class HitLog {
  private places: Place[] = [];

  /** Notes a hit and says which one it is, from 1. A hit that is known keeps its number. */
  record(place: Place): number {
    const at = this.before(place);
    const known = this.places[at];
    if (known === undefined || compare(known, place) !== 0) this.places.splice(at, 0, place);
    return at + 1;
  }

  /** Which hit this would be; notes nothing. */
  numberOf(place: Place): number {
    return this.before(place) + 1;
  }

  /** Another future begins here: hits of the old one never were. */
  truncate(place: Place): void {
    const at = this.before(place);
    const here = this.places[at];
    this.places.length = here !== undefined && compare(here, place) === 0 ? at + 1 : at;
  }

  clear(): void {
    this.places = [];
  }

  /** Hits before a place. */
  private before(place: Place): number {
    let low = 0;
    let high = this.places.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(this.places[middle], place) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function compare(a: Place, b: Place): number {
  return a.statements - b.statements || a.tick - b.tick;
}
