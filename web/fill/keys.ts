// What the keys do in a list of candidates.

export type ListAction =
  | { readonly kind: "choose"; readonly index: number }
  /** Back to the sentence. */
  | { readonly kind: "leave" }
  /** The choice stands: to the next blank, or to copying. */
  | { readonly kind: "confirm" }
  /** ✓ or ✗ for the chosen candidate. */
  | { readonly kind: "judge"; readonly verdict: "accept" | "reject" }
  /** To the list beside this one. */
  | { readonly kind: "beside"; readonly step: -1 | 1 };

/** `chosen` of `count` candidates is in the sentence now; undefined: the key means nothing here. */
export function actionOf(key: string, chosen: number, count: number): ListAction | undefined {
  switch (key) {
    case "ArrowDown":
      return { kind: "choose", index: Math.min(chosen + 1, count - 1) };
    case "ArrowUp":
      return chosen === 0 ? { kind: "leave" } : { kind: "choose", index: chosen - 1 };
    case "Home":
      return { kind: "choose", index: 0 };
    case "End":
      return { kind: "choose", index: count - 1 };
    case "ArrowLeft":
      return { kind: "beside", step: -1 };
    case "ArrowRight":
      return { kind: "beside", step: 1 };
    case "+":
    case "=":
      return { kind: "judge", verdict: "accept" };
    case "-":
      return { kind: "judge", verdict: "reject" };
    case "Enter":
      return { kind: "confirm" };
    case "Escape":
      return { kind: "leave" };
  }
  const index = /^[1-9]$/.test(key) ? Number(key) - 1 : -1;
  return index >= 0 && index < count ? { kind: "choose", index } : undefined;
}
