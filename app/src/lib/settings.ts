/** Settings: the configuration that is served with the app, changed by the user's own choices. @module */

import { KEYS, recall, remember } from './storage.js';

export type Theme = 'system' | 'light' | 'dark';

/** The content of `config.json` beside the app. */
export interface Config {
    readonly rpc?: string;
    readonly fund?: string;
    /** The cluster that the fund is on, by genesis hash. */
    readonly genesis?: string;
    /** The address of the fund's program, if it is not that of local networks. */
    readonly program?: string;
    /** The address of the program of claims; it comes with the other one. */
    readonly claimsProgram?: string;
    /** The name of the settlement token. */
    readonly token?: string;
    /** Address of a transaction in an explorer, with `{signature}` in it. */
    readonly explorer?: string;
    /** Base URL of the fund's ledger, which series and histories come from. */
    readonly ledger?: string;
}

/** The user's choices; the configuration fills in the others. */
export interface Settings {
    readonly rpc?: string;
    readonly fund?: string;
    readonly explorer?: string;
    readonly ledger?: string;
    readonly theme: Theme;
}

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

export function loadSettings(): Settings {
    try {
        const stored = JSON.parse(recall(KEYS.settings) ?? '{}') as Partial<Record<keyof Settings, unknown>>;
        const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
        const [rpc, fund, explorer] = [text(stored.rpc), text(stored.fund), text(stored.explorer)];
        const ledger = text(stored.ledger);
        return {
            ...(rpc && { rpc }),
            ...(fund && { fund }),
            ...(explorer && { explorer }),
            ...(ledger && { ledger }),
            theme: THEMES.find((theme) => theme === stored.theme) ?? 'system',
        };
    } catch {
        return { theme: 'system' };
    }
}

export function saveSettings(settings: Settings): void {
    remember(KEYS.settings, JSON.stringify(settings));
}

/** The configuration beside the app, if there is one. */
export async function loadConfig(): Promise<Config> {
    try {
        const response = await fetch('./config.json', { cache: 'no-store' });
        return response.ok ? ((await response.json()) as Config) : {};
    } catch {
        return {};
    }
}

/** Returns the reason that a text cannot be the URL of a node, if there is one. */
export function urlProblem(text: string): string | undefined {
    try {
        const { hostname, protocol } = new URL(text);
        const isLocal = hostname === 'localhost' || hostname === '127.0.0.1';
        if (protocol === 'https:' || (protocol === 'http:' && isLocal)) {
            return undefined;
        }
        return 'Use https, or http for a node on this machine.';
    } catch {
        return 'This is not a URL.';
    }
}

/** The ledger of the fund that is open: a configured one is that of the configured fund. */
export function ledgerOf(config: Config, settings: Settings): string | undefined {
    const isConfigured = settings.fund === undefined || settings.fund === config.fund;
    const url = settings.ledger ?? (isConfigured ? config.ledger : undefined);
    return url !== undefined && urlProblem(url) === undefined ? url : undefined;
}

export function applyTheme(theme: Theme): void {
    if (theme === 'system') {
        delete document.documentElement.dataset['theme'];
    } else {
        document.documentElement.dataset['theme'] = theme;
    }
}

/** The explorer's page of a transaction; none without one. */
export function explorerLink(explorer: string | undefined, signature: string): string | undefined {
    return explorer?.includes('{signature}') && explorer.startsWith('https://')
        ? explorer.replace('{signature}', encodeURIComponent(signature))
        : undefined;
}
