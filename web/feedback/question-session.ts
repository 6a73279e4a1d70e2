// Questions to the person who looks at the Feedback room, without React: one after another, each
// answered with one click.

import type {
  FeedbackRequest,
  Question,
  QuestionsQuery,
  QuestionsResponse,
} from "../../src/wire/index.ts";
import { failureIn, type Failure } from "../api/failure.ts";
import { createStore, type Store } from "../frame/store.ts";

/** Words of a question that are offered as answers. */
const OFFERED_COUNT = 3;
const FETCHED_COUNT = 10;
/** The server gives no more; its schema says so too. */
export const ASKED_MAX = 50;

export interface QuestionState {
  /** The first one is asked; undefined until the server has answered. */
  readonly questions?: readonly Question[] | undefined;
  /** Answers that were sent from here. */
  readonly answeredCount: number;
  readonly isSending: boolean;
  /** Why the last answer was not taken. */
  readonly failure?: Failure | undefined;
}

export interface QuestionSession extends Pick<Store<QuestionState>, "state" | "subscribe"> {
  /** Asks about a model; the server's default when absent. */
  readonly load: (model?: string) => Promise<void>;
  /** Says which of the offered words is right; null: none of them. */
  readonly answer: (word: string | null) => Promise<void>;
  readonly skip: () => void;
}

export interface QuestionServer {
  readonly ask: (query: QuestionsQuery) => Promise<QuestionsResponse>;
  readonly tell: (request: FeedbackRequest) => Promise<unknown>;
  readonly userKey: () => string;
}

export function createQuestionSession(server: QuestionServer): QuestionSession {
  const { state, become, subscribe } = createStore<QuestionState>({
    answeredCount: 0,
    isSending: false,
  });
  /** Texts that the person does not want to be asked about again. */
  const skipped = new Set<string>();
  let about: string | undefined;

  const load = async (model: string | undefined): Promise<void> => {
    about = model;
    let questions: readonly Question[] = [];
    try {
      const limit = String(Math.min(FETCHED_COUNT + skipped.size, ASKED_MAX));
      const query = { limit, ...(model !== undefined && { model }) };
      ({ questions } = await server.ask(query));
    } catch {
      // The room works without; a server that cannot answer says so in the list below.
    }
    // By now another model may be asked about.
    if (about !== model) return;
    become({ ...state(), questions: questions.filter(({ text }) => !skipped.has(text)) });
  };
  const goOn = async (): Promise<void> => {
    const [, ...rest] = state().questions ?? [];
    become({ ...state(), questions: rest, failure: undefined });
    if (rest.length === 0) await load(about);
  };
  return {
    state,
    subscribe,
    load,
    answer: async (word) => {
      const [question] = state().questions ?? [];
      if (question === undefined || state().isSending) return;
      const { predictionId, blank } = question;
      const common = { predictionId, blank, userKey: server.userKey() };
      become({ ...state(), isSending: true });
      try {
        if (word === null) {
          for (const candidate of offeredIn(question)) {
            await server.tell({ ...common, verdict: "reject", candidate });
          }
        } else {
          await server.tell({ ...common, verdict: "accept", candidate: word });
        }
      } catch (error) {
        become({ ...state(), isSending: false, failure: failureIn(error) });
        return;
      }
      const answeredCount = state().answeredCount + 1;
      become({ ...state(), isSending: false, answeredCount });
      await goOn();
    },
    skip: () => {
      const [question] = state().questions ?? [];
      if (question !== undefined) skipped.add(question.text);
      void goOn();
    },
  };
}

/** The words that a person chooses among. */
export function offeredIn({ candidates }: Question): string[] {
  return candidates.slice(0, OFFERED_COUNT).map(({ text }) => text);
}
