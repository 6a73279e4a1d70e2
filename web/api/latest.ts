// Of several loads of the same thing only the newest counts.

export interface Latest {
  /** Abandons the load before, and gives what abandons this one. */
  readonly begin: () => AbortSignal;
  readonly abandon: () => void;
}

export function createLatest(): Latest {
  let inFlight = new AbortController();
  return {
    begin: () => {
      inFlight.abort();
      inFlight = new AbortController();
      return inFlight.signal;
    },
    abandon: () => inFlight.abort(),
  };
}
