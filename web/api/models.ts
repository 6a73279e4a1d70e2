// Which model a room is about.

/** The model of the Fill page, if it is there. */
const PREFERRED = "starter-cloze";

/** The model that was looked at, else the preferred one, else the first. */
export function chosenModel(
  models: readonly { readonly id: string }[],
  model: string | undefined,
): string | undefined {
  const ids = models.map(({ id }) => id);
  return [model, PREFERRED].find((id) => id !== undefined && ids.includes(id)) ?? ids[0];
}
