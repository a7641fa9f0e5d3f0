/** The built app in Debian's Chromium, on a fund of the local network. */

import { createServer, request, type Server } from 'node:http';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import {
    getBase64Decoder,
    getBase64Encoder,
    getTransactionDecoder,
    getTransactionEncoder,
    partiallySignTransaction,
    type KeyPairSigner,
} from '@solana/kit';
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { appServer } from '../../../serve.mjs';
import { CHROMIUM } from './network.js';

const DIST = fileURLToPath(new URL('../../../dist', import.meta.url));
const OUTPUT = fileURLToPath(new URL('../../output/', import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const FLAGS = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
];

/** A step that has not come after this time never comes: no machine is so slow. The test says then which one it was. */
const PATIENCE_MS = 180_000;

/** The answers of the wallet when it is asked to sign. */
export type Answer = 'sign' | 'decline' | 'fail';

export interface PageOptions {
    readonly wallet?: KeyPairSigner;
    readonly scheme?: 'light' | 'dark';
    readonly width?: number;
    /** Configuration instead of the stage's. */
    readonly config?: Readonly<Record<string, string>>;
}

/** A page of the app, with the wallet that it sees. */
export interface Actor {
    readonly page: Page;
    readonly context: BrowserContext;
    /** The wallet's next answer. */
    answer: Answer;
    /** Runs between the wallet's question and its answer. */
    whileSigning: () => Promise<void>;
    /** The wallet's user chooses another account. */
    switchTo(signer: KeyPairSigner): Promise<void>;
    /** Errors that the page has reported: there must be none. */
    readonly errors: string[];
}

/** Forwards to the node, and can be taken away. */
export class Gate {
    private server: Server | undefined;
    private port = 0;

    constructor(private readonly target: string) {}

    get url(): string {
        return `http://127.0.0.1:${this.port}`;
    }

    async open(): Promise<void> {
        this.server = createServer((incoming, outgoing) => {
            const { headers, method } = incoming;
            const forwarded = request(this.target, { method, headers }, (answer) => {
                outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
                answer.pipe(outgoing);
            });
            forwarded.on('error', () => outgoing.destroy());
            incoming.pipe(forwarded);
        });
        await new Promise<void>((resolve) => this.server?.listen(this.port, '127.0.0.1', resolve));
        this.port = (this.server.address() as AddressInfo).port;
    }

    async shut(): Promise<void> {
        this.server?.closeAllConnections();
        await new Promise((resolve) => this.server?.close(resolve));
    }
}

export class Stage {
    private constructor(
        private readonly browser: Browser,
        private readonly servers: Server[],
        private readonly config: Readonly<Record<string, string>>,
    ) {}

    /** Opens a browser for a fund; `more` is its further configuration. */
    static async open(rpc: string, fund: string, more: Readonly<Record<string, string>> = {}): Promise<Stage> {
        const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
        return new Stage(browser, [], { rpc, fund, token: 'USDC', ...more });
    }

    async close(): Promise<void> {
        await this.browser.close();
        this.servers.forEach((server) => server.close());
    }

    /** A page of its own, at the fund's page. */
    async enter({ config = {}, scheme = 'light', wallet, width = 1280 }: PageOptions = {}): Promise<Actor> {
        const server = appServer(DIST, JSON.stringify({ ...this.config, ...config }));
        this.servers.push(server);
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
        const context = await this.browser.newContext({
            viewport: { width, height: width < 600 ? 780 : 860 },
            colorScheme: scheme,
            reducedMotion: 'reduce',
        });
        context.setDefaultTimeout(PATIENCE_MS);
        const page = await context.newPage();
        const errors: string[] = [];
        page.on('pageerror', (error) => errors.push(String(error)));
        page.on('console', (message) => {
            // A node that is gone is reported by the browser itself, and on the page.
            if (message.type() === 'error' && !/Failed to load resource|net::ERR/.test(message.text())) {
                errors.push(message.text());
            }
        });
        // Nothing is fetched from anywhere else.
        page.on('request', (outgoing) => {
            const { hostname } = new URL(outgoing.url());
            if (hostname !== '127.0.0.1' && hostname !== '') errors.push(`a request to ${outgoing.url()}`);
        });
        const keys = new Map<string, KeyPairSigner>();
        const actor: Actor = {
            page,
            context,
            errors,
            answer: 'sign',
            whileSigning: () => Promise.resolve(),
            switchTo: async (signer) => {
                keys.set(signer.address, signer);
                await page.evaluate(switchAccount, await accountOf(signer));
            },
        };
        if (wallet) {
            keys.set(wallet.address, wallet);
            await page.exposeFunction('testWalletSign', async (address: string, transaction: string) => {
                await actor.whileSigning();
                return signFor(keys.get(address), transaction, actor.answer);
            });
            await page.addInitScript(registerWallet, await accountOf(wallet));
        }
        await page.goto(base);
        return actor;
    }
}

interface Account {
    readonly address: string;
    readonly publicKey: number[];
}

async function accountOf({ address, keyPair }: KeyPairSigner): Promise<Account> {
    const key = await crypto.subtle.exportKey('raw', keyPair.publicKey);
    return { address, publicKey: [...new Uint8Array(key)] };
}

/** The wallet's key stays in the test's process. */
async function signFor(
    signer: KeyPairSigner | undefined,
    transaction: string,
    answer: Answer,
): Promise<{ signed?: string; error?: string }> {
    if (answer === 'decline') return { error: 'User rejected the request.' };
    if (answer === 'fail' || !signer) return { error: 'The device is locked.' };
    const decoded = getTransactionDecoder().decode(getBase64Encoder().encode(transaction));
    const signed = await partiallySignTransaction([signer.keyPair], decoded);
    return { signed: getBase64Decoder().decode(getTransactionEncoder().encode(signed)) };
}

type SignByTest = (address: string, transaction: string) => Promise<{ signed?: string; error?: string }>;

/** Runs in the page: a Wallet Standard wallet that asks the test to sign. */
function registerWallet(first: Account): void {
    type Listener = (change: { accounts: unknown[] }) => void;
    const listeners = new Set<Listener>();
    const account = ({ address, publicKey }: Account) => ({
        address,
        publicKey: new Uint8Array(publicKey),
        chains: ['solana:localnet'],
        features: ['solana:signTransaction'],
    });
    let accounts = [account(first)];
    const wallet = {
        version: '1.0.0',
        name: 'Test Wallet',
        icon: 'data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHdpZHRoPSIyNCIgaGVpZ2h0PSIyNCI+PHJlY3Qgd2lkdGg9IjI0IiBoZWlnaHQ9IjI0IiByeD0iNSIgZmlsbD0iIzRiNTU2MyIvPjwvc3ZnPg==',
        chains: ['solana:localnet'],
        get accounts() {
            return accounts;
        },
        features: {
            'standard:connect': { version: '1.0.0', connect: () => Promise.resolve({ accounts }) },
            'standard:events': {
                version: '1.0.0',
                on: (_: string, listener: Listener) => {
                    listeners.add(listener);
                    return () => listeners.delete(listener);
                },
            },
            'solana:signTransaction': {
                version: '1.0.0',
                supportedTransactionVersions: ['legacy', 0],
                signTransaction: async (input: { account: { address: string }; transaction: Uint8Array }) => {
                    const ask = (window as unknown as { testWalletSign: SignByTest }).testWalletSign;
                    const text = btoa(String.fromCharCode(...input.transaction));
                    const { error, signed } = await ask(input.account.address, text);
                    if (!signed) throw new Error(error);
                    return [{ signedTransaction: Uint8Array.from(atob(signed), (char) => char.charCodeAt(0)) }];
                },
            },
        },
    };
    (window as unknown as { testWalletSwitch: (next: Account) => void }).testWalletSwitch = (next) => {
        accounts = [account(next)];
        listeners.forEach((listener) => listener({ accounts }));
    };
    const register = (api: { register: (wallet: unknown) => void }) => api.register(wallet);
    window.addEventListener('wallet-standard:app-ready', (event) => register((event as CustomEvent).detail));
    window.dispatchEvent(
        new CustomEvent('wallet-standard:register-wallet', { detail: register }),
    );
}

function switchAccount(next: Account): void {
    (window as unknown as { testWalletSwitch: (next: Account) => void }).testWalletSwitch(next);
}

// Powers that nobody has on a real cluster

/** A cheat code of the test validator. */
export async function cheat(rpc: string, method: string, params: readonly unknown[]): Promise<void> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    const response = await fetch(rpc, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const { error } = (await response.json()) as { error?: { message: string } };
    if (error) {
        throw new Error(`${method}: ${error.message}`);
    }
}

/** Gives SOL to wallets. */
export async function enrich(rpc: string, wallets: readonly string[]): Promise<void> {
    for (const wallet of wallets) {
        await cheat(rpc, 'surfnet_setAccount', [wallet, { lamports: 10_000_000_000 }]);
    }
}

// The acts of users

/** Opens a page by its name in the navigation. */
export async function go({ page }: Actor, path: string): Promise<void> {
    await page.evaluate((hash) => {
        location.hash = hash;
    }, `#${path}`);
    await page.locator('main h1').waitFor();
}

/** Connects the test's wallet. */
export async function connect({ page }: Actor): Promise<void> {
    await page.getByRole('button', { name: 'Connect wallet' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Test Wallet' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
}

/** In the dialog of an action: waits for the preview, agrees if asked, signs, and waits until it is confirmed. */
export async function confirm(actor: Actor): Promise<Locator> {
    const dialog = await sign(actor);
    await dialog.getByText('Confirmed.').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    return dialog;
}

/** The same, without waiting for what comes of it. */
export async function sign({ page }: Actor): Promise<Locator> {
    const dialog = page.getByRole('dialog');
    const button = dialog.getByRole('button', { name: 'Sign in your wallet' });
    await button.waitFor();
    const box = dialog.getByRole('checkbox');
    if (await box.count()) {
        await box.check();
    }
    await button.click();
    return dialog;
}

/** The figure with this label, as text. */
export async function stat({ page }: Actor, label: string): Promise<string> {
    const found = page.locator('.stat', { has: page.locator('dt', { hasText: new RegExp(`^${label}$`) }) });
    return (await found.first().locator('dd').first().textContent()) ?? '';
}

/** Keeps a picture of the whole page, or of so much of it from the top, as test output. */
export async function picture({ page }: Actor, name: string, height?: number): Promise<void> {
    const { width } = page.viewportSize() ?? { width: 0 };
    const part = height === undefined ? {} : { clip: { x: 0, y: 0, width, height } };
    await page.screenshot({ path: `${OUTPUT}${name}.png`, fullPage: true, ...part });
}

interface AxeResult {
    readonly violations: readonly {
        readonly id: string;
        readonly help: string;
        readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[];
    }[];
}

/** Everything that axe has to say against the page, in words. */
export async function violations({ page }: Actor): Promise<string[]> {
    // By the debugger, which is not held to the content policy: a script tag would be stopped, and so it should.
    await page.evaluate(AXE);
    return page.evaluate(async () => {
        const { axe } = window as unknown as { axe: { run: (options: unknown) => Promise<AxeResult> } };
        const found = await axe.run({ resultTypes: ['violations'] });
        return found.violations.flatMap(({ help, id, nodes }) =>
            nodes.map(({ failureSummary, target }) => `${id}: ${help} at ${target.join(' ')}: ${failureSummary}`),
        );
    });
}

/** No page has reported an error. */
export function expectQuiet(actors: readonly Actor[]): void {
    expect(actors.flatMap(({ errors }) => errors)).toEqual([]);
}
