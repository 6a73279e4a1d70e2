import { useEffect, useState } from "react";
import { partAt } from "./rooms.ts";

/** The hash of the address, as it changes. */
export function useHash(): string {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = (): void => setHash(location.hash);
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return hash;
}

/** What the address names inside of its room. */
export function useAddressPart(): string | undefined {
  return partAt(useHash());
}
