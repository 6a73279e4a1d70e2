// Keys, tokens and passwords: values of secret-named parameters, known prefixes, long random
// strings.

import type { Detector, Finding } from "./kinds.ts";
import { isSurrogate } from "./surrogate-signs.ts";

/** ?name=value of a URL. The name is bounded, so that a run of name characters stays linear. */
const PARAMETER = /[?&#;]([A-Za-z0-9_.-]{1,40})=([^\0\s&#"'<>，。；、（）]+)/g;
const PARAMETER_NAME =
  /token|key|secret|^sig$|signature|^sign$|pass|pwd|auth|session|^sid$|ticket|credential|jwt/i;
const USER_INFO = /:\/\/([^\0\s/@:]{1,64}:[^\0\s/@]{1,128})@/g;
const WORD = /[A-Za-z0-9+/_=~.-]{4,}/g;
const LABEL = new RegExp(
  String.raw`(?:token|key|secret|signature|passwd|password|pwd|credential|密钥|秘钥|令牌|口令|` +
    String.raw`密码)["'\]]{0,2} {0,2}(?:[:=：]|是|为) {0,2}["']?$`,
  "i",
);
const PASSWORD_LABEL = /(?:passwd|password|pwd|口令|密码) {0,2}(?:[:=：]|是|为) {0,2}["']?$/i;
const BEARER = /(?:bearer|basic) {1,2}$/i;
const LABEL_REACH = 24;
/** OpenAI, Stripe, GitHub, GitLab, Slack, AWS, Google, Hugging Face, npm, Aliyun, JWT. */
const KNOWN_PREFIX =
  /^(?:[spr]k[-_]|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AKIA|ASIA|AIza|hf_|npm_|LTAI|eyJ)/;
const RANDOM_LENGTH_MIN = 20;
/** camelCase has a sixth of capitals; as many as small letters, over this length, are no words. */
const MIXED_LENGTH_MIN = 24;
const MIXED_SHARE = 0.22;

export const detectSecrets: Detector = (text) => {
  const findings: Finding[] = [];
  for (const match of text.matchAll(USER_INFO)) add(findings, match.index + 3, match[1]);
  for (const match of text.matchAll(PARAMETER)) {
    const [whole, name = "", value = ""] = match;
    const isSecret = PARAMETER_NAME.test(name) || isRandom(value, 16);
    if (isSecret) add(findings, match.index + whole.length - value.length, value);
  }
  const known = findings.toSorted((a, b) => a.start - b.start);
  let next = 0;
  for (const { 0: word, index } of text.matchAll(WORD)) {
    while ((known[next]?.end ?? Infinity) <= index) next++;
    const overlaps = (known[next]?.start ?? Infinity) < index + word.length;
    if (overlaps) continue;
    const value = word.replace(/[.=]+$/, "");
    const before = text.slice(Math.max(0, index - LABEL_REACH), index);
    if (isSecretWord(value, before)) add(findings, index, value);
    else findings.push(...randomParts(word, index));
  }
  return findings;
};

function add(findings: Finding[], start: number, value = ""): void {
  if (value === "") return;
  const isNew = findings.every(
    (other) => other.end <= start || other.start >= start + value.length,
  );
  if (isNew) findings.push({ kind: "secret", start, end: start + value.length });
}

function isSecretWord(value: string, before: string): boolean {
  const hasDigit = /\d/.test(value);
  const isKnown = KNOWN_PREFIX.test(value) || isSurrogate("secret", value);
  if (value.length >= 16 && isKnown && /[A-Za-z]/.test(value)) return true;
  if (PASSWORD_LABEL.test(before)) return hasDigit;
  if (LABEL.test(before)) return value.length >= 6 && hasDigit && /[A-Za-z]/.test(value);
  return BEARER.test(before) && value.length >= 8 && hasDigit;
}

/** Long random strings inside a word that may be a path or a dotted name. */
function randomParts(word: string, index: number): Finding[] {
  if (isRandom(word, RANDOM_LENGTH_MIN) && !/[/.].*[/.]/.test(word)) {
    return [{ kind: "secret", start: index, end: index + word.length }];
  }
  return [...word.matchAll(/[A-Za-z0-9+_=~-]+/g)]
    .filter(({ 0: part }) => isRandom(part, RANDOM_LENGTH_MIN))
    .map(({ 0: part, index: at }) => {
      return { kind: "secret", start: index + at, end: index + at + part.length };
    });
}

/** Words change between letters and digits once or twice; random strings all the time. */
function isRandom(value: string, lengthMin: number): boolean {
  if (value.length < lengthMin) return false;
  const changes = value.match(/[A-Za-z](?=\d)|\d(?=[A-Za-z])/g)?.length ?? 0;
  if (changes >= 4) return true;
  const upper = (value.match(/[A-Z]/g)?.length ?? 0) / value.length;
  const lower = (value.match(/[a-z]/g)?.length ?? 0) / value.length;
  return (
    value.length >= MIXED_LENGTH_MIN &&
    !/[._/-]/.test(value) &&
    upper >= MIXED_SHARE &&
    lower >= MIXED_SHARE
  );
}
