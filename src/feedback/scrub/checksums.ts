// The check characters of Chinese numbers, and which prefixes exist.

/** Weights and remainders of ISO 7064 MOD 11-2 as GB 11643-1999 prints them. */
const IDENTITY_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const IDENTITY_CHECKS = "10X98765432";

/** GB 32100-2015: 31 characters without I, O, S, V, Z. */
export const CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/** The first two digits of GB/T 2260 division codes: provinces, and 81-83 for residents of
 *  Hong Kong, Macau and Taiwan. */
const PROVINCE = /^(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])/;

export function hasProvince(digits: string): boolean {
  return PROVINCE.test(digits);
}

/** The check character of 17 digits: Σ aᵢ·2^(18−i) mod 11 (GB 11643-1999, ISO 7064 MOD 11-2). */
export function identityCheck(digits17: string): string {
  let sum = 0;
  for (const [i, weight] of IDENTITY_WEIGHTS.entries()) sum += weight * Number(digits17[i]);
  return IDENTITY_CHECKS.charAt(sum % 11);
}

/** Whether `YYYYMMDD` is a day on which somebody alive or in a register may have been born. */
export function isBirthDate(yyyymmdd: string): boolean {
  const year = Number(yyyymmdd.slice(0, 4));
  const month = Number(yyyymmdd.slice(4, 6));
  const day = Number(yyyymmdd.slice(6, 8));
  return year >= 1850 && year <= 2099 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/** Luhn, ISO/IEC 7812-1 annex B: from the right every second digit doubled, sum divisible by 10. */
export function passesLuhn(digits: string): boolean {
  return luhnSum(digits) % 10 === 0;
}

export function luhnSum(digits: string): number {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits.charAt(digits.length - 1 - i));
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum;
}

/** The check character of 17: C = 31 − Σ cᵢ·3^(i−1) mod 31 (GB 32100-2015, 4.6). */
export function creditCheck(characters17: string): string {
  let sum = 0;
  let weight = 1;
  for (const character of characters17) {
    sum += CREDIT_ALPHABET.indexOf(character) * weight;
    weight = (weight * 3) % 31;
  }
  return CREDIT_ALPHABET.charAt((31 - (sum % 31)) % 31);
}
