/** Addresses that a user types. @module */

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const BYTES = 32;
/** As many letters as 32 bytes can have. */
const LETTERS = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/;

/** Whether a text is an address: 32 bytes in base 58. Letters alone do not tell: 44 of them may be a byte too many. */
export function isAddress(text: string): boolean {
    if (!LETTERS.test(text)) {
        return false;
    }
    const value = [...text].reduce((sum, letter) => sum * 58n + BigInt(ALPHABET.indexOf(letter)), 0n);
    const zeros = text.length - text.replace(/^1+/, '').length;
    const bytes = value === 0n ? 0 : Math.ceil(value.toString(16).length / 2);
    return zeros + bytes === BYTES;
}
