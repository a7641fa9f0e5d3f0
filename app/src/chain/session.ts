/** One fund on one node, followed. Runs in the worker: the page never waits for it. @module */

import {
    assertIsTransactionWithinSizeLimit,
    createNoopSigner,
    createSolanaRpc,
    getTransactionDecoder,
    getTransactionEncoder,
    type Address,
    type Transaction,
    type TransactionModifyingSigner,
    type TransactionSigner,
    type TransactionWithLifetime,
} from '@solana/kit';
import {
    BULKHEAD_PROGRAM_ADDRESS,
    FundClient,
    Quotes,
    TransactionExpired,
    isTaken,
    TransactionFailed,
    isUnreachable,
    programsFrom,
    send,
    setPrograms,
    type Fund,
} from 'bulkhead-client';
import { instructionsOf, previewOf, printedOf, problemOf, type Workplace } from './actions.js';
import { readClaims } from './claims.js';
import { coversFigures } from './figures/cover.js';
import { defaultFigures } from './figures/default.js';
import { eventText } from './figures/event.js';
import { fundFigures } from './figures/fund.js';
import { governanceFigures } from './figures/governance.js';
import { dueTasks } from './figures/keeper.js';
import { panelFigures } from './figures/loss.js';
import { marketFigures } from './figures/market.js';
import { memberFigures } from './figures/member.js';
import { offerFigures } from './figures/offer.js';
import { bookFigures } from './figures/policy.js';
import type { Raw } from './figures/raw.js';
import { shockCurve } from './figures/shock.js';
import { inspect } from './inspector.js';
import type { ActionOutcome, ActionStep, Cluster, Connection, HistoryEntry, Snapshot, Target } from './model.js';
import type { QuestionName, Questions } from './protocol.js';
import { clusterOf, HistoryReader, loadFund, readFar, readNear, readPage, readPolicies, Refused, type AppRpc, type Far, type Near } from './reader.js';

/** Between two readings of what moves with prices, while the page is looked at. */
const NEAR_MS = 2_000;
/** Readings of prices between two readings of all members. */
const FAR_EVERY = 5;
/** While nobody looks. */
const HIDDEN_MS = 30_000;
/** A request that takes longer counts as not answered. */
const TIMEOUT_MS = 10_000;
/** The amounts that the faucet of a local network gives. */
const FAUCET_LAMPORTS = 5_000_000_000;
const FAUCET_TOKENS = 25_000n;

/** The wallet said no. */
export class Declined extends Error {
    override readonly name = 'Declined';
}

/** The callbacks that a session needs. */
export interface Surroundings {
    readonly onConnection: (connection: Connection) => void;
    readonly onSnapshot: (snapshot: Snapshot) => void;
    readonly onStep: (id: number, step: ActionStep, signature: string | undefined) => void;
    /** Has a wallet sign; throws {@link Declined} when it will not. */
    readonly sign: (id: number, wallet: string, transaction: Uint8Array) => Promise<Uint8Array>;
}

/** The state of a fund that can be read. */
interface Opened {
    readonly cluster: Cluster;
    readonly client: FundClient;
    near: Near;
    far: Far;
    events: readonly HistoryEntry[];
}

export class Session {
    private readonly rpc: AppRpc;
    private readonly history: HistoryReader;
    private opened: Opened | undefined;
    private wallet: string | undefined;
    private isVisible = true;
    private isClosed = false;
    private round = 0;
    private lostSinceMs: number | undefined;
    private wake: (() => void) | undefined;
    /** Somebody wants a reading now, and one is just running: the next one does not wait. */
    private isHurried = false;

    constructor(
        private readonly target: Target,
        private readonly quotes: Quotes,
        private readonly around: Surroundings,
    ) {
        this.rpc = createSolanaRpc(target.rpc as 'http://localhost');
        this.history = new HistoryReader(this.rpc);
    }

    /** Reads again and again, until it is closed. */
    async run(): Promise<void> {
        while (!this.isClosed) {
            await this.turn();
            await this.pause(this.isVisible ? NEAR_MS : HIDDEN_MS);
        }
    }

    close(): void {
        this.isClosed = true;
        this.wake?.();
    }

    watch(wallet: string | undefined): void {
        this.wallet = wallet;
        this.refresh();
    }

    show(isVisible: boolean): void {
        this.isVisible = isVisible;
        if (isVisible) {
            this.wake?.();
        }
    }

    /** Reads everything now. */
    refresh(): void {
        this.round = 0;
        this.isHurried = true;
        this.wake?.();
    }

    /** One reading, and what came of it. */
    private async turn(): Promise<void> {
        try {
            await within(this.read(), TIMEOUT_MS);
            if (!this.isClosed) {
                this.lostSinceMs = undefined;
                this.around.onConnection({ state: 'live' });
            }
        } catch (error) {
            if (!this.isClosed) {
                this.around.onConnection(this.failure(error));
            }
        }
    }

    private failure(error: unknown): Connection {
        if (error instanceof Refused) {
            this.opened = undefined;
            return { state: 'refused', problem: error.problem, detail: error.message };
        }
        this.lostSinceMs ??= Date.now();
        const reason = isUnreachable(error) ? 'it does not answer' : error instanceof Error ? error.message : String(error);
        return { state: 'lost', sinceMs: this.lostSinceMs, reason };
    }

    private async read(): Promise<void> {
        const opened = (this.opened ??= await this.open());
        const { client } = opened;
        const { wallet } = this;
        const near = await readNear(this.rpc, client.address, opened.near.fund, wallet, watchedOffers(opened));
        if (near.fund.marketCount !== near.markets.length) {
            opened.near = near; // a market was added: the next reading has it
        }
        const isFarDue = this.round % FAR_EVERY === 0 || isNews(opened.near.fund, near.fund);
        opened.near = near;
        if (isFarDue) {
            [opened.far, opened.events] = await Promise.all([
                readFar(this.rpc, client.address, near.fund, wallet),
                this.latestEvents(opened),
            ]);
        }
        this.round += 1;
        // Somebody may have connected another wallet meanwhile: its accounts come with the next reading.
        if (!this.isClosed && wallet === this.wallet) {
            this.around.onSnapshot(this.snapshot(opened));
        }
    }

    /** Events are news, not state: a node that keeps no history shows none. */
    private async latestEvents({ client, events, near }: Opened): Promise<readonly HistoryEntry[]> {
        try {
            return await this.history.latest(client.address, near);
        } catch {
            return events;
        }
    }

    private async open(): Promise<Opened> {
        try {
            setPrograms(programsFrom(this.target.program, this.target.claimsProgram));
        } catch (error) {
            throw new Refused('bad-address', `In the configuration: ${error instanceof Error ? error.message : error}`);
        }
        const cluster = await clusterOf(this.rpc);
        if (this.target.genesis !== undefined && this.target.genesis !== cluster.genesis) {
            throw new Refused(
                'wrong-cluster',
                `The fund is on the cluster with genesis hash ${this.target.genesis}. The node belongs to ${cluster.genesis}.`,
            );
        }
        const fund = await loadFund(this.rpc, this.target.fund);
        const address = this.target.fund as Address;
        const near = await readNear(this.rpc, address, fund, undefined);
        return {
            cluster,
            client: await FundClient.load(this.rpc, address),
            near,
            far: { members: new Map(), records: [], epochs: [], changes: [], offers: [], covers: [], panels: [], losses: [], books: [], days: [], policies: [] },
            events: [],
        };
    }

    private rawOf({ client, far, near }: Opened): Raw {
        const { clock, fund, marketAddresses, markets, wallet } = near;
        // The watched member is fresher than the others.
        const members = new Map(far.members);
        if (wallet?.member) {
            members.set(wallet.memberAddress, wallet.member);
        }
        // Offers that wait for a price are fresher too; one that is gone was filled or cancelled.
        const offers = far.offers.flatMap(({ address, data }) => {
            const offer = near.offers.has(address) ? near.offers.get(address) : data;
            return offer ? [{ address, data: offer }] : [];
        });
        return {
            ...far,
            offers,
            address: client.address,
            program: BULKHEAD_PROGRAM_ADDRESS,
            clock,
            fund,
            markets,
            marketAddresses,
            members,
        };
    }

    private snapshot(opened: Opened): Snapshot {
        const raw = this.rawOf(opened);
        const { wallet } = opened.near;
        return {
            cluster: opened.cluster,
            slot: raw.clock.slot,
            ts: raw.clock.ts,
            readAtMs: Date.now(),
            fund: fundFigures(raw, this.quotes),
            markets: marketFigures(raw, this.quotes),
            offers: offerFigures(raw),
            wallet: wallet && {
                ...wallet,
                member: wallet.member && memberFigures(wallet.memberAddress, wallet.member, raw, this.quotes),
            },
            defaults: defaultFigures(raw),
            due: dueTasks(raw, this.quotes),
            governance: governanceFigures(raw),
            covers: coversFigures(raw),
            panels: panelFigures(raw),
            books: bookFigures(raw),
            events: opened.events,
        };
    }

    // Questions

    async answer<Name extends QuestionName>(
        id: number,
        name: Name,
        ask: Questions[Name]['ask'],
    ): Promise<Questions[QuestionName]['answer']> {
        const questions: { [N in QuestionName]: (ask: Questions[N]['ask']) => Promise<Questions[N]['answer']> } = {
            preview: async ({ action, wallet }) =>
                previewOf(action, createNoopSigner(wallet as Address), await this.workplace(wallet)),
            perform: ({ action, wallet }) => this.perform(id, action, wallet),
            print: async ({ action, authority }) =>
                printedOf(action, createNoopSigner(authority as Address), await this.workplace(authority)),
            inspect: async ({ text }) => inspect(text, this.rawOf(this.need())),
            shock: async () => shockCurve(this.rawOf(this.need()), this.quotes),
            claims: (asked) => this.claims(asked),
            history: ({ account }) => this.history.latest(account as Address, this.need().near),
            faucet: ({ wallet }) => this.faucet(wallet),
        };
        return questions[name](ask);
    }

    /** What a text says about a loss; the page looks at the loss itself, so that a claim of an old root is refused by its proof. */
    private async claims({ loss: address, text, wallet }: Questions['claims']['ask']): Promise<Questions['claims']['answer']> {
        const { far, near } = this.need();
        const loss = far.losses.find((known) => known.address === address);
        if (!loss) {
            return { kind: 'problem', text: 'There is no such loss any more.' };
        }
        const pageOf = (index: number) => readPage(this.rpc, address as Address, index);
        return readClaims(text, near.fund.quoteDecimals, loss, wallet, pageOf);
    }

    private need(): Opened {
        if (!this.opened) {
            throw new Error('The fund has not been read yet.');
        }
        return this.opened;
    }

    /** Reads what an action is built from anew: nothing is signed that was made from old accounts. */
    private async workplace(wallet: string): Promise<Workplace> {
        const opened = this.need();
        const near = await readNear(this.rpc, opened.client.address, opened.near.fund, wallet, watchedOffers(opened));
        if (!near.wallet) {
            throw new Error('The wallet could not be read.');
        }
        const covers = opened.far.covers.map(({ data }) => data);
        const raw = this.rawOf({ ...opened, near, far: { ...opened.far, ...(await readPolicies(this.rpc, covers, wallet)) } });
        return { rpc: this.rpc, client: opened.client, quotes: this.quotes, raw, wallet: near.wallet };
    }

    private async perform(id: number, action: Questions['perform']['ask']['action'], wallet: string): Promise<ActionOutcome> {
        let signature: string | undefined;
        const step = (next: ActionStep) => this.around.onStep(id, next, signature);
        try {
            step('building');
            const place = await this.workplace(wallet);
            const signer = this.signerOf(id, wallet, () => step('signing'));
            const instructions = await instructionsOf(action, signer, place);
            const { events, signature: landed } = await send(this.rpc, signer, instructions, {
                onStep: (next, sent) => {
                    signature = sent;
                    step(next);
                },
            });
            return { kind: 'done', signature: landed, events: events.map((event) => eventText(event, place.raw)) };
        } catch (error) {
            return this.outcomeOf(error, signature);
        } finally {
            this.refresh();
        }
    }

    private outcomeOf(error: unknown, signature: string | undefined): ActionOutcome {
        if (hasCause(error, Declined)) {
            return { kind: 'declined' };
        }
        if (error instanceof TransactionExpired) {
            return { kind: 'expired', signature: error.signature };
        }
        const landed = error instanceof TransactionFailed ? signature : undefined;
        return { kind: 'refused', problem: problemOf(error), signature: landed };
    }

    /** A wallet of the page, as a signer. It may change the transaction: what counts is what it has signed. */
    private signerOf(id: number, wallet: string, onAsked: () => void): TransactionSigner {
        const signer: TransactionModifyingSigner = {
            address: wallet as Address,
            modifyAndSignTransactions: async (transactions) =>
                Promise.all(
                    transactions.map(async (transaction) => {
                        onAsked();
                        const bytes = new Uint8Array(getTransactionEncoder().encode(transaction));
                        const signed = getTransactionDecoder().decode(await this.around.sign(id, wallet, bytes));
                        assertIsTransactionWithinSizeLimit(signed);
                        // `send` looks at the blockhash in the bytes itself: this one is what kit wants to see.
                        return { ...signed, lifetimeConstraint: lifetimeOf(transaction) };
                    }),
                ),
        };
        return signer;
    }

    /** Money for a wallet, from a validator that gives it away: Surfpool, by its cheat codes. */
    private async faucet(wallet: string): Promise<Questions['faucet']['answer']> {
        const { cluster, near } = this.need();
        if (cluster.name !== 'local') {
            throw new Error('There is a faucet on local networks only.');
        }
        const tokens = FAUCET_TOKENS * 10n ** BigInt(near.fund.quoteDecimals);
        const total = Number(tokens + (near.wallet?.tokens ?? 0n));
        await this.cheat('surfnet_setAccount', [wallet, { lamports: FAUCET_LAMPORTS }]);
        await this.cheat('surfnet_setTokenAccount', [wallet, near.fund.mint, { amount: total }, near.fund.tokenProgram]);
        this.refresh();
        return { tokens };
    }

    private async cheat(method: string, params: readonly unknown[]): Promise<void> {
        const response = await fetch(this.target.rpc, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
        });
        const { error } = (await response.json()) as { error?: { message: string } };
        if (error) {
            throw new Error(`This network has no faucet: ${error.message}`);
        }
    }

    private pause(ms: number): Promise<void> {
        if (this.isHurried) {
            this.isHurried = false;
            return Promise.resolve();
        }
        return new Promise((resolve) => {
            const done = () => {
                clearTimeout(timer);
                this.wake = undefined;
                this.isHurried = false;
                resolve();
            };
            const timer = setTimeout(done, ms);
            this.wake = done;
        });
    }
}

/** Offers that are read with every price: those that are taken first, then those of the wallet. */
function watchedOffers({ far, near }: Opened): string[] {
    const taken = far.offers.filter(({ data }) => isTaken(data));
    const own = far.offers.filter(({ data }) => !isTaken(data) && data.maker === near.wallet?.memberAddress);
    return [...taken, ...own].map(({ address }) => address);
}

/** Whether something has happened after which lists are read again. */
function isNews(before: Fund, after: Fund): boolean {
    const keys = [
        'defaultSeq',
        'governanceNonce',
        'members',
        'openDefaults',
        'openHouses',
        'shareEpoch',
        'status',
        'unfunded',
    ] as const;
    return keys.some((key) => before[key] !== after[key]);
}

function hasCause(error: unknown, kind: abstract new (...args: never[]) => Error): boolean {
    let cause = error;
    while (cause instanceof Error) {
        if (cause instanceof kind) {
            return true;
        }
        cause = (cause as { readonly cause?: unknown }).cause;
    }
    return false;
}

function lifetimeOf(transaction: Transaction | (Transaction & TransactionWithLifetime)) {
    if (!('lifetimeConstraint' in transaction)) {
        throw new Error('the transaction has no lifetime');
    }
    return transaction.lifetimeConstraint;
}

/** Fails as a node that does not answer, when it takes too long. */
async function within<T>(work: Promise<T>, ms: number): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new TypeError('network: no answer in time')), ms);
    });
    try {
        return await Promise.race([work, late]);
    } finally {
        clearTimeout(timer);
    }
}
