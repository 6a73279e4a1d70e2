// The filled sentence and the candidates of each blank. Mounted anew for each answer, so that the
// choice starts at the best candidates.

import { useRef, useState, type ReactNode } from "react";
import { NoticeBox } from "../frame/notices.tsx";
import { useLanguage } from "../language/language.tsx";
import { formatPercent } from "../language/percent.ts";
import { fillIn } from "./blanks.ts";
import { CandidateList } from "./candidate-list.tsx";
import type { Answer } from "./fill-session.ts";
import classes from "./fill-results.module.css";
import { FilledSentence } from "./filled-sentence.tsx";
import { BLANK_KEY } from "./blank-key.ts";
import { useVerdicts } from "./use-verdicts.ts";

/** Below this the best word is more likely wrong than right by far, and the page says so. */
const LOW_CONFIDENCE = 0.2;

interface FillResultsProps {
  readonly answer: Answer;
  /** A newer answer is on its way. */
  readonly isStale: boolean;
  readonly onLeaveUp: () => void;
  readonly onWriteBack: (text: string) => void;
}

export function FillResults(props: FillResultsProps): ReactNode {
  const { answer, isStale, onLeaveUp, onWriteBack } = props;
  const { fill } = useLanguage().messages;
  const [chosen, setChosen] = useState<readonly number[]>(() => answer.blanks.map(() => 0));
  const judging = useVerdicts(answer.predictionId);
  const copyButton = useRef<HTMLButtonElement>(null);
  const lists = useRef<HTMLDivElement>(null);
  const words = answer.blanks.map(
    ({ index, candidates }) => candidates[chosen[index] ?? 0]?.text ?? "",
  );
  const focusList = (index: number): void =>
    lists.current?.querySelectorAll<HTMLElement>("input:checked")[index]?.focus();
  if (answer.blanks.some(({ candidates }) => candidates.length === 0)) {
    return <NoticeBox title={fill.noCandidates.title} advice={fill.noCandidates.advice} />;
  }
  return (
    <div className={classes.results} data-stale={isStale || undefined} aria-busy={isStale}>
      <FilledSentence
        text={answer.question.text}
        words={words}
        copyRef={copyButton}
        onWriteBack={() => onWriteBack(fillIn(answer.question.text, words))}
      />
      <section className={classes.section}>
        <h2 className={classes.label}>{fill.candidates}</h2>
        <div className={classes.body}>
          <div ref={lists} className={classes.lists} data-several={words.length > 1 || undefined}>
            {answer.blanks.map(({ index, candidates }) => (
              <CandidateList
                key={index}
                blank={index}
                judging={judging}
                title={words.length > 1 ? fill.blank(index + 1) : undefined}
                candidates={candidates}
                chosen={chosen[index] ?? 0}
                onChoose={(rank) => setChosen(chosen.with(index, rank))}
                onLeaveUp={onLeaveUp}
                onBeside={(step) => focusList(index + step)}
                onConfirm={() =>
                  index < words.length - 1 ? focusList(index + 1) : copyButton.current?.focus()
                }
              />
            ))}
          </div>
          <LowConfidenceNote answer={answer} />
          <KeysLegend />
        </div>
      </section>
    </div>
  );
}

function LowConfidenceNote({ answer }: { readonly answer: Answer }): ReactNode {
  const { fill } = useLanguage().messages;
  const best = Math.min(...answer.blanks.map(({ candidates }) => candidates[0]?.score ?? 0));
  if (best >= LOW_CONFIDENCE) return null;
  return <p className={classes.note}>{fill.lowConfidence(formatPercent(best))}</p>;
}

function KeysLegend(): ReactNode {
  const { fill } = useLanguage().messages;
  return (
    <p className={classes.keys}>
      {fill.keys(BLANK_KEY).map(([key, meaning]) => (
        <span key={key}>
          <kbd>{key}</kbd> {meaning}
        </span>
      ))}
    </p>
  );
}
