/** The things that are remembered between visits: settings, the name of the wallet, and the burner's key. No other key is ever stored. @module */

export const KEYS = {
    settings: 'bulkhead.settings',
    wallet: 'bulkhead.wallet',
    burner: 'bulkhead.burner',
} as const;

/** Storage may be turned off: then nothing is remembered. */
export function recall(key: string): string | undefined {
    try {
        return localStorage.getItem(key) ?? undefined;
    } catch {
        return undefined;
    }
}

export function remember(key: string, value: string | undefined): void {
    try {
        if (value === undefined) {
            localStorage.removeItem(key);
        } else {
            localStorage.setItem(key, value);
        }
    } catch {
        // Nothing depends on it.
    }
}
