import { useState } from "react";

/** A button whose act wants a second press; looking elsewhere takes the first one back. */
export function useConfirm(onConfirm: () => void): {
  readonly isAsked: boolean;
  readonly handlers: { readonly onBlur: () => void; readonly onClick: () => void };
} {
  const [isAsked, setIsAsked] = useState(false);
  return {
    isAsked,
    handlers: {
      onBlur: () => setIsAsked(false),
      onClick: () => {
        if (isAsked) onConfirm();
        setIsAsked(!isAsked);
      },
    },
  };
}
