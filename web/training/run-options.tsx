// How the next training may go otherwise than its recipe does by itself, under a disclosure: who
// opens nothing trains with one press.

import type { ReactNode } from "react";
import type { PatchRecipe } from "../../src/wire/index.ts";
import { useLanguage } from "../language/language.tsx";
import field from "../style/field.module.css";
import classes from "./run-options.module.css";
import { TARGETS, type RunFields, type RunProblem } from "./run-wish.ts";

const RECIPES: readonly PatchRecipe[] = ["incremental", "lora"];

interface RunOptionsProps {
  /** What the ids of the fields begin with: one is focused when it cannot be meant. */
  readonly id: string;
  readonly fields: RunFields;
  readonly problem: RunProblem | undefined;
  readonly onChange: (fields: RunFields) => void;
}

export function RunOptions(props: RunOptionsProps): ReactNode {
  const { id, fields, onChange } = props;
  const { options } = useLanguage().messages.training;
  return (
    <details className={classes.options}>
      <summary>{options.title(fields)}</summary>
      <div className={classes.fields}>
        <div className={classes.field}>
          <label htmlFor={`${id}-recipe`}>{options.recipe}</label>
          <select
            id={`${id}-recipe`}
            className={field.field}
            value={fields.recipe}
            aria-describedby={`${id}-recipe-help`}
            onChange={({ currentTarget }) => {
              const recipe = RECIPES.find((each) => each === currentTarget.value);
              if (recipe !== undefined) onChange({ ...fields, recipe });
            }}
          >
            {RECIPES.map((recipe) => (
              <option key={recipe} value={recipe}>
                {options.recipes[recipe].name}
              </option>
            ))}
          </select>
          <output id={`${id}-recipe-help`}>{options.recipes[fields.recipe].help}</output>
        </div>
        {fields.recipe === "lora" ? (
          <>
            <NumberField {...props} name="rank" />
            <NumberField {...props} name="alpha" />
            <Targets {...props} />
          </>
        ) : null}
        <NumberField {...props} name="epochs" />
        <NumberField {...props} name="seed" />
      </div>
    </details>
  );
}

interface NumberFieldProps extends RunOptionsProps {
  readonly name: Exclude<RunProblem, "targets">;
}

function NumberField({ id, name, fields, problem, onChange }: NumberFieldProps): ReactNode {
  const { options } = useLanguage().messages.training;
  const words = options.fields[name];
  const isWrong = problem === name;
  return (
    <div className={classes.field}>
      <label htmlFor={`${id}-${name}`}>{words.label}</label>
      <input
        id={`${id}-${name}`}
        className={field.field}
        inputMode={name === "alpha" ? "decimal" : "numeric"}
        autoComplete="off"
        placeholder={words.placeholder}
        value={fields[name]}
        aria-invalid={isWrong || undefined}
        aria-describedby={`${id}-${name}-help`}
        onChange={({ currentTarget }) => onChange({ ...fields, [name]: currentTarget.value })}
      />
      <output id={`${id}-${name}-help`} data-wrong={isWrong || undefined}>
        {isWrong ? words.problem : words.help}
      </output>
    </div>
  );
}

function Targets({ id, fields, problem, onChange }: RunOptionsProps): ReactNode {
  const { options } = useLanguage().messages.training;
  const isWrong = problem === "targets";
  return (
    <fieldset className={classes.field} id={`${id}-targets`} tabIndex={-1}>
      <legend>{options.targets}</legend>
      <div className={classes.targets}>
        {TARGETS.map((target) => (
          <label key={target}>
            <input
              type="checkbox"
              checked={fields.targets.includes(target)}
              onChange={({ currentTarget: { checked } }) => {
                const targets = TARGETS.filter((each) =>
                  each === target ? checked : fields.targets.includes(each),
                );
                onChange({ ...fields, targets });
              }}
            />
            <span>{options.targetNames[target]}</span>
          </label>
        ))}
      </div>
      {isWrong ? <output data-wrong>{options.targetsProblem}</output> : null}
    </fieldset>
  );
}
