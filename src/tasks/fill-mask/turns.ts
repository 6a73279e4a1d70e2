// Whose turn it is with an engine that takes one call at a time: everybody who wants it goes to the
// end of the line for each call, so that long work lets short work in between. It knows nothing of
// the calls.

export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Calls `act` once all who came before have been served and messages have been heard. */
  take<Result>(act: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(heard).then(act);
    this.#last = turn.catch(() => {});
    return turn;
  }
}

function heard(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
