// When a run has learned what it can: the course of the held-out loss, and the weights at its best.

import { required } from "../base/index.ts";
import type { Weights } from "../checkpoint/index.ts";
import { weightsOf, type TrainedParameter } from "./parameters.ts";

/** The course of the held-out loss, in nats, as far as a run must know it to go on. */
export interface Course {
  readonly before: number;
  readonly newest: number;
  readonly best: number;
  /** Measurements since the best one. */
  readonly sinceBest: number;
}

export function startOfCourse(loss: number): Course {
  return { before: loss, newest: loss, best: loss, sinceBest: 0 };
}

export function continuedCourse(course: Course, loss: number): Course {
  const isBest = loss < course.best;
  return {
    before: course.before,
    newest: loss,
    best: isBest ? loss : course.best,
    sinceBest: isBest ? 0 : course.sinceBest + 1,
  };
}

/** The weights with the lowest held-out loss so far; at first the initial ones. */
export class BestWeights {
  readonly kept: { readonly prefix: string; readonly weights: Weights };

  constructor(parameters: readonly TrainedParameter[]) {
    const copies = [...weightsOf(parameters)].map(([name, { shape, data }]) => {
      return [name, { shape, data: data.slice() }] as const;
    });
    this.kept = { prefix: "best:", weights: new Map(copies) };
  }

  take(parameters: readonly TrainedParameter[]): void {
    for (const { name, weights } of parameters) {
      required(this.kept.weights.get(name), name).data.set(weights);
    }
  }
}
