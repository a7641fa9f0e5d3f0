/** Building transactions of one fund. @module */

import {
    AccountRole,
    address,
    fetchEncodedAccounts,
    getAddressDecoder,
    getBase58Decoder,
    getBase64Encoder,
    getI64Decoder,
    getU64Decoder,
    type AccountSignerMeta,
    type Address,
    type Base58EncodedBytes,
    type GetAccountInfoApi,
    type GetMultipleAccountsApi,
    type GetProgramAccountsApi,
    type GetSlotApi,
    type Instruction,
    type MaybeEncodedAccount,
    type ReadonlyUint8Array,
    type Rpc,
    type TransactionSigner,
} from '@solana/kit';
import { ACCOUNTS, AccountError, decodeAccount, fetchAllOf, type AccountKind } from './account.js';
import * as pda from './address.js';
import { hasEnded } from './closing.js';
import type { Moment } from './exitClock.js';
import * as build from './generated/index.js';
import { anyPrice, isFirstAfter } from './offer.js';
import { isHeard } from './print.js';
import type {
    Cover,
    CreateMarketInstructionDataArgs,
    DefaultRecord,
    Fund,
    FundParamsArgs,
    MandateArgs,
    Market,
    Member,
    Offer,
    ParameterChange,
    ParameterChangeArgs,
    QueuedChange,
} from './generated/index.js';

/** The RPC methods that a {@link FundClient} needs. */
export type FundRpc = Rpc<GetAccountInfoApi & GetMultipleAccountsApi & GetProgramAccountsApi & GetSlotApi>;

/** The signer that trades for a member: its owner, or a delegate that signs for the member account at `member`. */
export type Trader = TransactionSigner | { readonly member: Address; readonly signer: TransactionSigner };

/** The source of a market's price. */
export type OracleOf = (market: Market) => Address | Promise<Address>;

/** The address that stands for nobody. */
const NOBODY = address('11111111111111111111111111111111');

/** Slots for which a governance transaction may wait for its signatures by default: a minute. */
const MANDATE_SLOTS = 150n;

/** Bytes of the kind of a change in its record. */
const RECORD_KIND_BYTES = 4;

/** Instruction of the associated token program that succeeds where the account exists. */
const CREATE_IDEMPOTENT = 1;

/** Offsets of addresses in an offer. */
const OFFER_MARKET_OFFSET = 48n;
const OFFER_MAKER_OFFSET = 80n;

/** Offsets in the account of a Pyth receiver: whether all signatures were checked, and the feed; the publish time. */
const VERIFIED_OFFSET = 40n;
const PUBLISH_TS_OFFSET = 93;
const FULLY_VERIFIED = 1;

/** Accounts that one request can ask for. */
const ACCOUNTS_PER_REQUEST = 100;

/** A token account other than the wallet's associated one. */
interface Wallet {
    readonly wallet?: Address;
}

/** The nonce and the last slot of a governance instruction, if not the present nonce and a minute. */
interface Governance {
    readonly authority: TransactionSigner;
    readonly mandate?: MandateArgs;
}

/** The markets in which a member holds a position, in order. */
export function heldMarkets(member: Pick<Member, 'positions'>): number[] {
    const held = member.positions.filter(({ lots, raw }) => lots !== 0n || raw !== 0n);
    return held.map(({ market }) => market).sort((a, b) => a - b);
}

/** Whether a market's mark is final: it is never cranked again. */
export function isFinal(market: Pick<Market, 'finalTs'>): boolean {
    return market.finalTs !== 0n;
}

/** The cluster's clock. */
const CLOCK = address('SysvarC1ock11111111111111111111111111111111');
/** Offset of the unix time in it; the slot is at its start. */
const CLOCK_UNIX_TS = 32;

function momentOf(clock: ReadonlyUint8Array): Moment {
    return { slot: getU64Decoder().decode(clock, 0), ts: getI64Decoder().decode(clock, CLOCK_UNIX_TS) };
}

/** Lots of a member in a market; zero if it holds none. */
function lotsIn(member: Pick<Member, 'positions'>, market: number): bigint {
    const held = member.positions.find(({ lots, raw, market: index }) => index === market && (lots !== 0n || raw !== 0n));
    return held?.lots ?? 0n;
}

/** The change of parameters that a record holds. */
export function changeIn({ data, len }: Pick<QueuedChange, 'data' | 'len'>): ParameterChange {
    // Its kind takes four bytes in the record, and one in an instruction.
    const change = [...data.subarray(0, 1), ...data.subarray(RECORD_KIND_BYTES, len)];
    return build.getParameterChangeDecoder().decode(new Uint8Array(change));
}

/** Whether a market takes prints from one account alone. */
function isBound({ account }: Pick<Market['oracle'], 'account'>): boolean {
    return account.some((byte) => byte !== 0);
}

/** Whether the two times of a print, its own and that of the one before, say that it is the first one after `ts`. */
function isFirstIn(times: ReadonlyUint8Array, ts: bigint): boolean {
    const time = getI64Decoder();
    return times.length >= 16 && isFirstAfter(ts, time.decode(times, 8), time.decode(times, 0));
}

/** The account a market is bound to, or the one in which Pyth sponsors its feed at the first receiver it accepts. */
export async function oracleOf({ oracle }: Pick<Market, 'oracle'>): Promise<Address> {
    return isBound(oracle) ? getAddressDecoder().decode(oracle.account) : pda.sponsoredFeedAddress(oracle.feedId, pda.receiverOf(oracle));
}

/**
 * One fund: reads its accounts and builds its instructions.
 *
 * Every action returns the instructions of one transaction. An action that needs prices cranks all its markets first,
 * so that it does not depend on a mark that somebody else has made. It passes the markets that a member holds as
 * remaining accounts, so that the program can check the member. Accounts that follow from others are derived; a token
 * account is the associated one unless another `wallet` is given.
 *
 * A signer may be a wallet that is asked when the transaction is signed, or a `createNoopSigner` that stands for a
 * later signature or a multisig.
 */
export class FundClient {
    private constructor(
        readonly rpc: FundRpc,
        /** The fund. */
        readonly address: Address,
        /** The settlement mint. */
        readonly mint: Address,
        /** The program that owns mint and vault. */
        readonly tokenProgram: Address,
        /** The token account that holds the money. */
        readonly vault: Address,
        private readonly oracleOf: OracleOf,
    ) {}

    /** The client of an existing fund. */
    static async load(
        rpc: FundRpc,
        fund: Address,
        options: { readonly oracleOf?: OracleOf } = {},
    ): Promise<FundClient> {
        const { data } = required(await fetchAll(rpc, ACCOUNTS.fund, [fund]));
        return new FundClient(rpc, fund, data.mint, data.tokenProgram, data.vault, options.oracleOf ?? oracleOf);
    }

    /** Creates a fund and its vault. */
    static async createFund(input: {
        readonly mint: Address;
        readonly tokenProgram: Address;
        readonly id: number;
        readonly creator: TransactionSigner;
        readonly authority: TransactionSigner;
        readonly payer: TransactionSigner;
        readonly guardian: Address;
        readonly params: FundParamsArgs;
    }): Promise<Instruction[]> {
        const fund = await pda.fundAddress(input.creator.address, input.mint, input.id);
        return [build.getCreateFundInstruction({ ...input, fund, vault: await pda.vaultAddress(fund) })];
    }

    // Reading

    /** The fund as it is now. */
    async fund(): Promise<Fund> {
        return required(await fetchAll(this.rpc, ACCOUNTS.fund, [this.address])).data;
    }

    /** Its markets, by index. */
    async markets(): Promise<Market[]> {
        const { marketCount } = await this.fund();
        return this.marketsAt([...Array(marketCount).keys()]);
    }

    /** The address of a wallet's member account. */
    memberOf(owner: Address): Promise<Address> {
        return pda.memberAddress(this.address, owner);
    }

    /** Whether a wallet is a member. */
    async memberExists(owner: Address): Promise<boolean> {
        const [found] = await fetchEncodedAccounts(this.rpc, [await this.memberOf(owner)]);
        return found?.exists === true && found.programAddress === build.BULKHEAD_PROGRAM_ADDRESS;
    }

    /** A member, by its account. */
    async member(member: Address): Promise<Member> {
        return required(await fetchAll(this.rpc, ACCOUNTS.member, [member])).data;
    }

    /** All members, by their accounts. */
    async members(): Promise<Map<Address, Member>> {
        const found = await fetchAllOf(this.rpc, ACCOUNTS.member, this.address);
        return new Map(found.map(({ address, data }) => [address, data]));
    }

    /** The record of a default, by its account. */
    async defaultRecord(record: Address): Promise<DefaultRecord> {
        return required(await fetchAll(this.rpc, ACCOUNTS.defaultRecord, [record])).data;
    }

    /** All records of defaults, by their accounts. */
    async defaultRecords(): Promise<Map<Address, DefaultRecord>> {
        const found = await fetchAllOf(this.rpc, ACCOUNTS.defaultRecord, this.address);
        return new Map(found.map(({ address, data }) => [address, data]));
    }

    /** A cover, by its number in the fund. */
    async cover(index: number): Promise<Cover> {
        const address = await pda.coverAddress(this.address, index);
        return required(await fetchAll(this.rpc, ACCOUNTS.cover, [address])).data;
    }

    /** All covers, those that have ended included, by their accounts. */
    async covers(): Promise<Map<Address, Cover>> {
        const found = await fetchAllOf(this.rpc, ACCOUNTS.cover, this.address);
        return new Map(found.map(({ address, data }) => [address, data]));
    }

    /** An offer, by its account. */
    async offer(offer: Address): Promise<Offer> {
        return required(await fetchAll(this.rpc, ACCOUNTS.offer, [offer])).data;
    }

    /** All offers, or those in a market, or of a maker's member account, by their accounts. */
    async offers({ maker, market }: { market?: number; maker?: Address } = {}): Promise<Map<Address, Offer>> {
        const filters = [
            ...(market === undefined
                ? []
                : [{ address: await pda.marketAddress(this.address, market), offset: OFFER_MARKET_OFFSET }]),
            ...(maker === undefined ? [] : [{ address: maker, offset: OFFER_MAKER_OFFSET }]),
        ];
        const found = await fetchAllOf(this.rpc, ACCOUNTS.offer, this.address, filters);
        return new Map(found.map(({ address, data }) => [address, data]));
    }

    /** A queued change of parameters, by the nonce it was queued with. */
    async queuedChange(number: bigint): Promise<QueuedChange & { readonly change: ParameterChange }> {
        const record = await pda.queuedChangeAddress(this.address, number);
        const { data: queued } = required(await fetchAll(this.rpc, ACCOUNTS.queuedChange, [record]));
        return { ...queued, change: changeIn(queued) };
    }

    /** The moment of the cluster's clock. */
    async moment(): Promise<Moment> {
        const [clock] = await fetchEncodedAccounts(this.rpc, [CLOCK]);
        if (!clock?.exists) {
            throw new AccountError('missing', 'the cluster has no clock');
        }
        return momentOf(clock.data);
    }

    /**
     * Cranks these markets: every action that needs prices begins with this. A market whose end has come is left out:
     * its crank would be refused, and with it the whole transaction.
     */
    async cranks(indices: readonly number[]): Promise<Instruction[]> {
        const [markets, [fund, clock]] = await Promise.all([
            this.marketsAt(distinct(indices)),
            fetchEncodedAccounts(this.rpc, [this.address, CLOCK]),
        ]);
        const ended = (market: Market) =>
            fund?.exists === true &&
            clock?.exists === true &&
            hasEnded(decodeAccount(ACCOUNTS.fund, fund).data, market, momentOf(clock.data).ts);
        const open = markets.filter((market) => !isFinal(market) && !ended(market));
        return Promise.all(
            open.map(async (market) =>
                build.getCrankMarketInstruction({
                    fund: this.address,
                    market: await pda.marketAddress(this.address, market.index),
                    price: await this.oracleOf(market),
                }),
            ),
        );
    }

    /**
     * Those of these markets whose feed has a print that a crank takes now. An action that can do without a market whose feed
     * is silent leaves out its crank, which would be refused, and with it the whole transaction.
     */
    async heard(indices: readonly number[]): Promise<number[]> {
        if (indices.length === 0) {
            return [];
        }
        const markets = await this.marketsAt(distinct(indices));
        const prices = await Promise.all(markets.map((market) => this.oracleOf(market)));
        const [clock, ...accounts] = await fetchEncodedAccounts(this.rpc, [CLOCK, ...prices], { commitment: 'confirmed' });
        if (!clock?.exists) {
            throw new AccountError('missing', 'the cluster has no clock');
        }
        const { ts } = momentOf(clock.data);
        const found = markets.filter((market, at) => {
            const account = accounts[at];
            return isHeard(market, account?.exists ? account : undefined, ts);
        });
        return found.map(({ index }) => index);
    }

    // Wallets

    /**
     * Makes a wallet's associated token account, if there is none: payments to a wallet without one fail. `payer` pays
     * its rent.
     */
    async openTokenAccount(input: { owner: Address; payer: TransactionSigner }): Promise<Instruction[]> {
        const { owner, payer } = input;
        const wallet = await pda.tokenAccountAddress(owner, this.mint, this.tokenProgram);
        return [
            {
                programAddress: pda.ASSOCIATED_TOKEN_PROGRAM,
                accounts: [
                    { address: payer.address, role: AccountRole.WRITABLE_SIGNER, signer: payer } as AccountSignerMeta,
                    { address: wallet, role: AccountRole.WRITABLE },
                    { address: owner, role: AccountRole.READONLY },
                    { address: this.mint, role: AccountRole.READONLY },
                    { address: NOBODY, role: AccountRole.READONLY }, // the system program: same address
                    { address: this.tokenProgram, role: AccountRole.READONLY },
                ],
                data: new Uint8Array([CREATE_IDEMPOTENT]),
            },
        ];
    }

    // Members

    /**
     * Opens a wallet's member account. It agrees to the cap of assessments in force, if that is at most `mostBps`, and
     * to at most so many markets; by default to what is read now, so that no change comes in between.
     */
    async openMember(input: {
        owner: TransactionSigner;
        payer?: TransactionSigner;
        mostBps?: number;
        markets?: number;
    }): Promise<Instruction[]> {
        const { owner, payer = owner } = input;
        const member = await this.memberOf(owner.address);
        const { params, marketCount } = await this.fund();
        const { mostBps = params.assessmentCapBps, markets = marketCount } = input;
        return [build.getOpenMemberInstruction({ fund: this.address, member, owner, payer, mostBps, markets })];
    }

    /** Closes an empty member account. */
    async closeMember({ owner }: { owner: TransactionSigner }): Promise<Instruction[]> {
        return [build.getCloseMemberInstruction(await this.ownedBy(owner))];
    }

    /** Lets another key trade; without one, nobody. A delegate can never withdraw. */
    async setDelegate(input: {
        owner: TransactionSigner;
        delegate?: Address;
        dailyBudget?: bigint;
    }): Promise<Instruction[]> {
        const { owner, delegate = NOBODY, dailyBudget = 0n } = input;
        return [build.getSetDelegateInstruction({ ...(await this.ownedBy(owner)), delegate, dailyBudget })];
    }

    /** Pays margin in, for oneself or for another `owner`. */
    async depositMargin(
        input: { depositor: TransactionSigner; amount: bigint; owner?: Address } & Wallet,
    ): Promise<Instruction[]> {
        const { depositor, amount, owner = depositor.address, wallet } = input;
        const custody = await this.custody(depositor, wallet);
        return [
            build.getDepositMarginInstruction({ ...custody, member: await this.memberOf(owner), depositor, amount }),
        ];
    }

    /** Pays margin out. */
    async withdrawMargin(input: { owner: TransactionSigner; amount: bigint } & Wallet): Promise<Instruction[]> {
        const account = await this.payable(input);
        return this.priced([account.member], (markets) => {
            const instruction = build.getWithdrawMarginInstruction({ ...account, amount: input.amount });
            return withAccounts(instruction, markets, AccountRole.READONLY);
        });
    }

    /** Buys shares of the default fund. */
    async contribute(input: { owner: TransactionSigner; amount: bigint } & Wallet): Promise<Instruction[]> {
        return [build.getContributeInstruction({ ...(await this.payable(input)), amount: input.amount })];
    }

    /** Asks for shares back. */
    async requestWithdrawal(input: { owner: TransactionSigner; shares: bigint }): Promise<Instruction[]> {
        const { owner, shares } = input;
        return [build.getRequestWithdrawalInstruction({ ...(await this.ownedBy(owner)), shares })];
    }

    /** Cancels a request. */
    async cancelWithdrawal({ owner }: { owner: TransactionSigner }): Promise<Instruction[]> {
        return [build.getCancelWithdrawalInstruction(await this.ownedBy(owner))];
    }

    /** Commits to a due exit, and pays it when called again after the delay. */
    async claimWithdrawal(input: { owner: TransactionSigner } & Wallet): Promise<Instruction[]> {
        const account = await this.payable(input);
        const waived = await this.waived();
        return this.priced([account.member], (markets) => {
            const shown = [...markets, ...waived.filter((market) => !markets.includes(market))];
            return withAccounts(build.getClaimWithdrawalInstruction(account), shown, AccountRole.READONLY);
        });
    }

    /** Pays rewards out. */
    async claimRewards(input: { owner: TransactionSigner } & Wallet): Promise<Instruction[]> {
        return [build.getClaimRewardsInstruction(await this.payable(input))];
    }

    /** Pays out the recovered part of losses borne. */
    async claimRecovery(input: { owner: TransactionSigner } & Wallet): Promise<Instruction[]> {
        return [build.getClaimRecoveryInstruction(await this.payable(input))];
    }

    /** Gives up, for good, the part of losses borne that is not recovered. */
    async waiveRecovery({ owner }: { owner: TransactionSigner }): Promise<Instruction[]> {
        return [build.getWaiveRecoveryInstruction(await this.ownedBy(owner))];
    }

    /** Agrees to the cap of assessments in force, if it is at most `mostBps`; by default the one that is read now. */
    async agreeAssessment(input: { owner: TransactionSigner; mostBps?: number }): Promise<Instruction[]> {
        const mostBps = input.mostBps ?? (await this.fund()).params.assessmentCapBps;
        return [build.getAgreeAssessmentInstruction({ ...(await this.ownedBy(input.owner)), mostBps })];
    }

    /** Pays back losses that others have borne in a default. */
    async repayDefault(
        input: { payer: TransactionSigner; record: Address; amount: bigint } & Wallet,
    ): Promise<Instruction[]> {
        const { payer, record, amount, wallet } = input;
        return [build.getRepayDefaultInstruction({ ...(await this.custody(payer, wallet)), record, payer, amount })];
    }

    // Trading

    /** A trade between two members; both sign. */
    async novate(input: {
        market: number;
        buyer: Trader;
        seller: Trader;
        lots: bigint;
        price: bigint;
    }): Promise<Instruction[]> {
        const { market, lots, price } = input;
        const [buyer, seller] = await Promise.all([this.trader(input.buyer), this.trader(input.seller)]);
        return this.pricedIn(market, [buyer.member, seller.member], (named, others) => {
            const instruction = build.getNovateInstruction({
                fund: this.address,
                market: named,
                buyer: buyer.member,
                seller: seller.member,
                buyerSigner: buyer.signer,
                sellerSigner: seller.signer,
                lots,
                price,
            });
            return withAccounts(instruction, others, AccountRole.READONLY);
        });
    }

    /**
     * Trades of one member account, the taker, with several others, the makers, in this order, which `venue` signs for
     * all of them as their delegate or owner. The taker buys in all of them, or sells.
     */
    async novateBatch(input: {
        market: number;
        taker: Address;
        buys: boolean;
        trades: readonly { readonly maker: Address; readonly lots: bigint; readonly price: bigint }[];
        venue: TransactionSigner;
    }): Promise<Instruction[]> {
        const { market, taker, buys, trades, venue } = input;
        const makers = trades.map(({ maker }) => maker);
        return this.pricedIn(market, [taker, ...makers], (named, others) => {
            const deals = trades.map(({ lots, price }) => ({ lots, price }));
            const accounts = { fund: this.address, market: named, taker, venue };
            const instruction = build.getNovateBatchInstruction({ ...accounts, buys, deals });
            const trading = withAccounts(instruction, makers, AccountRole.WRITABLE);
            return withAccounts(trading, others, AccountRole.READONLY);
        });
    }

    /**
     * Buys from the house. `limitPrice` is the worst price of a lot, the discount counted: the highest for lots that the
     * house is long of, the lowest for others. Without it every price is accepted.
     */
    async takeOver(input: {
        market: number;
        taker: Trader;
        lots: bigint;
        limitPrice?: bigint;
    }): Promise<Instruction[]> {
        const { market, lots } = input;
        const limitPrice = input.limitPrice ?? anyPrice((await this.markets())[market]?.houseLots ?? 0n);
        const { member, signer: trader } = await this.trader(input.taker);
        return this.pricedIn(market, [member], (named, others) => {
            const instruction = build.getTakeOverInstruction({
                fund: this.address,
                market: named,
                member,
                trader,
                lots,
                limitPrice,
            });
            return withAccounts(instruction, others, AccountRole.READONLY);
        });
    }

    /**
     * Takes at most `lots` of a member below maintenance. `limitPrice` is the worst price of a lot, the bonus counted: the
     * highest for long lots, the lowest for short ones. Without it every price is accepted.
     */
    async liquidate(input: {
        market: number;
        target: Address;
        liquidator: Trader;
        lots: bigint;
        limitPrice?: bigint;
    }): Promise<Instruction[]> {
        const { market, target, lots } = input;
        const limitPrice = input.limitPrice ?? anyPrice(lotsIn(await this.member(target), market));
        const { member: liquidator, signer: trader } = await this.trader(input.liquidator);
        return this.pricedIn(market, [target, liquidator], (named, others) => {
            const instruction = build.getLiquidateInstruction({
                fund: this.address,
                market: named,
                target,
                liquidator,
                trader,
                lots,
                limitPrice,
            });
            return withAccounts(instruction, others, AccountRole.READONLY);
        });
    }

    /** Takes lots of a member whose stress call is due; `limitPrice` is the worst price, discount counted, any if not given. */
    async sellExcess(input: {
        market: number;
        target: Address;
        taker: Trader;
        lots: bigint;
        limitPrice?: bigint;
    }): Promise<Instruction[]> {
        const { market, target, lots } = input;
        const limitPrice = input.limitPrice ?? anyPrice(lotsIn(await this.member(target), market));
        const { member: taker, signer: trader } = await this.trader(input.taker);
        return this.pricedIn(market, [target, taker], (named, others) => {
            const instruction = build.getSellExcessInstruction({
                fund: this.address,
                market: named,
                target,
                taker,
                trader,
                lots,
                limitPrice,
            });
            return withAccounts(instruction, others, AccountRole.READONLY);
        });
    }

    // Offers

    /**
     * Offers a trade to whoever takes it. `lots` are signed as the maker receives them: negative for a sale. The price is
     * that of the print that fills a taking, moved by `distanceBps` in favour of the maker, and never worse than
     * `limitPrice`; every price is accepted without it. `taker` is the wallet that alone may take it. The number is the
     * present time in milliseconds unless another one is given.
     */
    async postOffer(input: {
        market: number;
        maker: Trader;
        lots: bigint;
        expiresTs: bigint;
        minLots?: bigint;
        distanceBps?: number;
        limitPrice?: bigint;
        taker?: Address;
        number?: bigint;
    }): Promise<Instruction[]> {
        const { distanceBps = 0, expiresTs, lots, minLots = 0n, number = BigInt(Date.now()), taker = NOBODY } = input;
        const { member, signer } = await this.trader(input.maker);
        const terms = { lots, minLots, limitPrice: input.limitPrice ?? anyPrice(lots), expiresTs, taker, distanceBps };
        return [
            build.getPostOfferInstruction({
                fund: this.address,
                market: await pda.marketAddress(this.address, input.market),
                maker: member,
                offer: await pda.offerAddress(member, number),
                trader: signer,
                number,
                ...terms,
            }),
        ];
    }

    /** Takes an offer back: its maker at any time unless it is taken, anyone once it has expired. */
    async cancelOffer({ offer, signer }: { offer: Address; signer: TransactionSigner }): Promise<Instruction[]> {
        const { trader: rentTo } = await this.offer(offer);
        return [build.getCancelOfferInstruction({ offer, rentTo, signer })];
    }

    /**
     * Takes lots of an offer, signed as the taker receives them: negative for a sale. They are filled at the first print
     * after this, at `limitPrice` or better; without it every price is accepted.
     */
    async takeOffer(input: {
        offer: Address;
        taker: Trader;
        lots: bigint;
        limitPrice?: bigint;
    }): Promise<Instruction[]> {
        const { lots, offer } = input;
        const { maker, market } = await this.offer(offer);
        const { member: taker, signer: trader } = await this.trader(input.taker);
        return this.pricedIn(await this.indexOf(market), [maker, taker], (named, others) => {
            const instruction = build.getTakeOfferInstruction({
                fund: this.address,
                market: named,
                offer,
                maker,
                taker,
                trader,
                lots,
                limitPrice: input.limitPrice ?? anyPrice(lots),
            });
            return withAccounts(instruction, others, AccountRole.READONLY);
        });
    }

    /**
     * Fills a taking at its print; anyone may. `price` is an account that holds the first print after the taking; by
     * default it is searched, see {@link firstPrint}. It is cranked first, or the market's own account, whichever has no
     * older print than the market has seen; if neither, the mark is newer already.
     */
    async fillOffer({ offer, price }: { offer: Address; price?: Address }): Promise<Instruction[]> {
        const { maker, market, taking, trader: rentTo } = await this.offer(offer);
        const named = await this.marketAt(market);
        const held = (await this.heldBy([maker, taking.taker])).filter((index) => index !== named.index);
        const own = await this.oracleOf(named);
        const print = price ?? (await this.firstPrint(named, taking.ts)) ?? own;
        const times = await this.publishTimes([print, own]);
        if (times[0] === undefined) {
            throw new AccountError('missing', `there is no account at ${print}`);
        }
        const news = [print, own].find((_, place) => (times[place] ?? 0n) >= named.seenTs);
        const cranks = news === undefined ? [] : [build.getCrankMarketInstruction({ fund: this.address, market, price: news })];
        const instruction = build.getFillOfferInstruction({
            fund: this.address,
            market,
            offer,
            maker,
            taker: taking.taker,
            price: print,
            rentTo,
        });
        return [
            ...(await this.cranks(held)),
            ...cranks,
            withAccounts(instruction, await this.marketAddresses(held), AccountRole.READONLY),
        ];
    }

    /**
     * Finds an account that holds the first print after the second `ts`: the market's own, or, unless the market is bound to
     * that one, any other in which somebody has posted the feed. There is none if nobody has posted that print, or if a later
     * one has replaced it. Nodes that do not search accounts are asked for the market's own alone.
     */
    async firstPrint(market: Pick<Market, 'oracle'>, ts: bigint): Promise<Address | undefined> {
        const { oracle } = market;
        const own = await this.oracleOf(market as Market);
        const [account] = await fetchEncodedAccounts(this.rpc, [own], { commitment: 'confirmed' });
        if (account?.exists && isFirstIn(account.data.subarray(PUBLISH_TS_OFFSET), ts)) {
            return own;
        }
        if (isBound(oracle)) {
            return undefined;
        }
        const bytes = (data: Uint8Array) => getBase58Decoder().decode(data) as Base58EncodedBytes;
        const verified = new Uint8Array([FULLY_VERIFIED, ...oracle.feedId]);
        const owners = oracle.owners.filter((owner) => owner.some((byte) => byte !== 0));
        for (const owner of owners) {
            const search = this.rpc.getProgramAccounts(getAddressDecoder().decode(owner), {
                commitment: 'confirmed',
                dataSlice: { offset: PUBLISH_TS_OFFSET, length: 16 },
                encoding: 'base64',
                filters: [{ memcmp: { bytes: bytes(verified), encoding: 'base58', offset: VERIFIED_OFFSET } }],
            });
            const posted = await search.send().catch(() => []);
            const found = posted.find(({ account }) => isFirstIn(getBase64Encoder().encode(account.data[0]), ts));
            if (found) {
                return found.pubkey;
            }
        }
        return undefined;
    }

    /** Frees the margin of a taking that was not filled in time; anyone may. The offer can be taken again. */
    async lapseTaking({ offer }: { offer: Address }): Promise<Instruction[]> {
        const { maker, taking } = await this.offer(offer);
        return [build.getLapseTakingInstruction({ offer, maker, taker: taking.taker })];
    }

    // Keepers

    /** Takes the oracle's price into a market's mark. */
    crankMarket({ market }: { market: number }): Promise<Instruction[]> {
        return this.cranks([market]);
    }

    /**
     * Turns profit and loss of members' positions in one market into cash. `trader`, owner or delegate of all these members,
     * settles a loss in full; others settle no more of it than the member's net loss over all its markets. Those are cranked
     * first: one whose mark is older than ten seconds would count in the member's favour. One whose feed is silent is not,
     * and stops no settlement.
     */
    async settle(input: {
        market: number;
        members: readonly Address[];
        trader?: TransactionSigner;
    }): Promise<Instruction[]> {
        const { market, members, trader } = input;
        const named = await pda.marketAddress(this.address, market);
        const held = (await Promise.all(members.map((member) => this.member(member)))).map(heldMarkets);
        const settles = members.map(async (member, at) => {
            const others = await this.marketAddresses(held[at]!.filter((index) => index !== market));
            const instruction = build.getSettleInstruction({ fund: this.address, market: named, member, trader });
            return withAccounts(instruction, others, AccountRole.READONLY);
        });
        const heard = await this.heard(distinct(held.flat()).filter((index) => index !== market));
        return [...(await this.cranks([market, ...heard])), ...(await Promise.all(settles))];
    }

    /** Declares a default, after the shares of an ended epoch are settled; `keeper` is the member account that receives the bounty. */
    async declareDefault(input: {
        member: Address;
        payer: TransactionSigner;
        keeper?: Address;
    }): Promise<Instruction[]> {
        const [fund, { defaultCount, shareEpoch, shares }] = await Promise.all([this.fund(), this.member(input.member)]);
        const record = await pda.defaultRecordAddress(input.member, defaultCount);
        const declared = await this.priced([input.member], (markets) => {
            const instruction = build.getDeclareDefaultInstruction({ ...input, fund: this.address, record });
            return withAccounts(instruction, markets, AccountRole.WRITABLE);
        });
        return shareEpoch < fund.shareEpoch && shares > 0n ? [...(await this.settleEpoch(input)), ...declared] : declared;
    }

    /** Runs the waterfall for a default; `keeper` is the member account that receives the bounty. */
    async allocateLoss(input: { record: Address; payer: TransactionSigner; keeper?: Address }): Promise<Instruction[]> {
        const { record, payer, keeper } = input;
        const { shareEpoch } = await this.fund();
        const epochRecord = await pda.epochRecordAddress(this.address, shareEpoch);
        return [build.getAllocateLossInstruction({ fund: this.address, record, epochRecord, payer, keeper })];
    }

    /** Runs layers 3 to 5 for losses that belong to no open default. */
    async allocateResidual({ payer }: { payer: TransactionSigner }): Promise<Instruction[]> {
        const epochRecord = await pda.epochRecordAddress(this.address, (await this.fund()).shareEpoch);
        return [build.getAllocateResidualInstruction({ fund: this.address, epochRecord, payer })];
    }

    /** Takes a member out of an ended share epoch. */
    async settleEpoch({ member }: { member: Address }): Promise<Instruction[]> {
        const epochRecord = await pda.epochRecordAddress(this.address, (await this.member(member)).shareEpoch);
        return [build.getSettleEpochInstruction({ fund: this.address, member, epochRecord })];
    }

    /** Gives back what the cushion of a default has left, once the houses of its round are sold. */
    async releaseCushion({ record }: { record: Address }): Promise<Instruction[]> {
        const { member } = await this.defaultRecord(record);
        return [build.getReleaseCushionInstruction({ fund: this.address, member, record })];
    }

    /** Closes the record of an old default; the rent goes to its payer. */
    async closeDefault({ record }: { record: Address }): Promise<Instruction[]> {
        const { payer } = await this.defaultRecord(record);
        return [build.getCloseDefaultInstruction({ fund: this.address, record, payer })];
    }

    /** Collects an assessment or a contribution call. */
    async enforceCall({ member }: { member: Address }): Promise<Instruction[]> {
        return this.priced([member], (markets) =>
            withAccounts(
                build.getEnforceCallInstruction({ fund: this.address, member }),
                markets,
                AccountRole.READONLY,
            ),
        );
    }

    /** Turns a market's premiums into cash. */
    async collectPremium({ market }: { market: number }): Promise<Instruction[]> {
        const named = await pda.marketAddress(this.address, market);
        return [build.getCollectPremiumInstruction({ fund: this.address, market: named })];
    }

    /** Updates a member's entry in the table of the two largest exposures. */
    async reportExposure({ member }: { member: Address }): Promise<Instruction[]> {
        return this.priced([member], (markets) =>
            withAccounts(build.getReportExposureInstruction({ fund: this.address, member }), markets, AccountRole.READONLY),
        );
    }

    /** Blocks exits because a member owes more than it has. */
    async openWatch({ member }: { member: Address }): Promise<Instruction[]> {
        return this.priced([member], (markets) =>
            withAccounts(build.getOpenWatchInstruction({ fund: this.address, member }), markets, AccountRole.READONLY),
        );
    }

    /** Ends the watch on a member that is sound again, or whose watch is over. */
    async endWatch({ member }: { member: Address }): Promise<Instruction[]> {
        return this.priced([member], (markets) =>
            withAccounts(build.getEndWatchInstruction({ fund: this.address, member }), markets, AccountRole.READONLY),
        );
    }

    /** Calls a member that endangers more than the cover limit admits, or ends the call of one that does not. */
    async callStress({ member }: { member: Address }): Promise<Instruction[]> {
        return this.priced([member], (markets) =>
            withAccounts(build.getCallStressInstruction({ fund: this.address, member }), markets, AccountRole.READONLY),
        );
    }

    /** Books what one whole side of a market could cost the fund. */
    async bookCrowding({ market }: { market: number }): Promise<Instruction[]> {
        const named = await pda.marketAddress(this.address, market);
        return [...(await this.cranks([market])), build.getBookCrowdingInstruction({ fund: this.address, market: named })];
    }

    /** Looks whether the house of a market blocks exits. */
    async bookHouse({ market }: { market: number }): Promise<Instruction[]> {
        const named = await pda.marketAddress(this.address, market);
        return [build.getBookHouseInstruction({ fund: this.address, market: named })];
    }

    /** Opens layer 6: what no layer has paid will be cut from everybody's net gain. */
    async openGainsCut(): Promise<Instruction[]> {
        const instruction = build.getOpenGainsCutInstruction({ fund: this.address });
        return [withAccounts(instruction, await this.waived(), AccountRole.READONLY)];
    }

    /** Registers a member's net gain in a gains cut whose moment has come: nothing of the member moves before. */
    async registerGains({ member }: { member: Address }): Promise<Instruction[]> {
        const markets = await this.marketAddresses(await this.heldBy([member]));
        const instruction = build.getRegisterGainsInstruction({ fund: this.address, member });
        return [withAccounts(instruction, markets, AccountRole.WRITABLE)];
    }

    /** Cuts the registered gains once registration is over, or begins the wind-down. */
    async cutGains(): Promise<Instruction[]> {
        return [build.getCutGainsInstruction({ fund: this.address })];
    }

    /** Pays a member's claim to a registered gain into its margin, as far as the pool reaches. */
    async payClaim({ member }: { member: Address }): Promise<Instruction[]> {
        return [build.getPayClaimInstruction({ fund: this.address, member })];
    }

    /** Announces the end of a market whose feed is dead. */
    async closeMarket({ market }: { market: number }): Promise<Instruction[]> {
        const named = await pda.marketAddress(this.address, market);
        return [build.getCloseMarketInstruction({ fund: this.address, market: named })];
    }

    /** Makes the mark of a market final whose end has come. */
    async fixFinalMark({ market }: { market: number }): Promise<Instruction[]> {
        const named = await pda.marketAddress(this.address, market);
        return [build.getFixFinalMarkInstruction({ fund: this.address, market: named })];
    }

    /** Closes a member's positions in markets that have ended, at their final marks. */
    async closeOut({ member }: { member: Address }): Promise<Instruction[]> {
        return this.priced([member], (markets) =>
            withAccounts(build.getCloseOutInstruction({ fund: this.address, member }), markets, AccountRole.WRITABLE),
        );
    }

    /** Pays a claim on a closed fund. */
    async payOut({ member }: { member: Address }): Promise<Instruction[]> {
        return [build.getPayOutInstruction({ fund: this.address, member })];
    }

    // Governance

    /** The fund's present nonce, and `slots` from now as the last valid one. */
    async mandate(slots: bigint = MANDATE_SLOTS): Promise<MandateArgs> {
        const [fund, slot] = await Promise.all([this.fund(), this.rpc.getSlot({ commitment: 'confirmed' }).send()]);
        return { nonce: fund.governanceNonce, lastValidSlot: slot + slots };
    }

    /** Adds a market at the next index to an empty fund. */
    async createMarket(
        input: Governance & { payer: TransactionSigner } & Omit<CreateMarketInstructionDataArgs, 'index' | 'mandate'>,
    ): Promise<Instruction[]> {
        const index = (await this.fund()).marketCount;
        const market = await pda.marketAddress(this.address, index);
        return [build.getCreateMarketInstruction({ ...(await this.governed(input)), market, index })];
    }

    /** Pauses parts of the fund for a time. */
    async pause(input: {
        guardian: TransactionSigner;
        bits: number;
        secs: bigint;
        lastValidSlot?: bigint;
    }): Promise<Instruction[]> {
        const lastValidSlot = input.lastValidSlot ?? (await this.mandate()).lastValidSlot;
        return [build.getPauseInstruction({ ...input, fund: this.address, lastValidSlot })];
    }

    /** Ends pauses of parts, in an hour. */
    async endPause(input: Governance & { bits: number }): Promise<Instruction[]> {
        return [build.getEndPauseInstruction(await this.governed(input))];
    }

    /** Announces a change; its number is the mandate's nonce. See `fundChange` and its like. */
    async queueChange(
        input: Governance & { payer: TransactionSigner; change: ParameterChangeArgs },
    ): Promise<Instruction[]> {
        const governed = await this.governed(input);
        const record = await pda.queuedChangeAddress(this.address, BigInt(governed.mandate.nonce));
        const market = await this.marketOf(input.change);
        return [build.getQueueChangeInstruction({ ...governed, record, market })];
    }

    /** Puts a queued change in force. */
    async applyChange(input: Governance & { number: bigint }): Promise<Instruction[]> {
        const record = await pda.queuedChangeAddress(this.address, input.number);
        const { change, payer } = await this.queuedChange(input.number);
        const market = await this.marketOf(change);
        return [build.getApplyChangeInstruction({ ...(await this.governed(input)), record, market, payer })];
    }

    /** Opens the market of a queued change. */
    async openMarket(input: Governance & { payer: TransactionSigner; number: bigint }): Promise<Instruction[]> {
        const record = await pda.queuedChangeAddress(this.address, input.number);
        const { payer: recordPayer } = await this.queuedChange(input.number);
        const index = (await this.fund()).marketCount;
        const market = await pda.marketAddress(this.address, index);
        return [build.getOpenMarketInstruction({ ...(await this.governed(input)), record, recordPayer, market, index })];
    }

    /** Opens the cover of a queued change. */
    async openCover(input: Governance & { payer: TransactionSigner; number: bigint }): Promise<Instruction[]> {
        const record = await pda.queuedChangeAddress(this.address, input.number);
        const { payer: recordPayer } = await this.queuedChange(input.number);
        const index = (await this.fund()).coverSeq;
        const cover = await pda.coverAddress(this.address, index);
        return [build.getOpenCoverInstruction({ ...(await this.governed(input)), record, recordPayer, cover, index })];
    }

    /** Raises or resumes a cover, as a queued change says. */
    async amendCover(input: Governance & { index: number; number: bigint }): Promise<Instruction[]> {
        const record = await pda.queuedChangeAddress(this.address, input.number);
        const { payer: recordPayer } = await this.queuedChange(input.number);
        const cover = await pda.coverAddress(this.address, input.index);
        return [build.getAmendCoverInstruction({ ...(await this.governed(input)), record, recordPayer, cover })];
    }

    /** Suspends a cover: the guardian, or the authority. */
    async suspendCover(input: {
        guardian: TransactionSigner;
        index: number;
        lastValidSlot?: bigint;
    }): Promise<Instruction[]> {
        const lastValidSlot = input.lastValidSlot ?? (await this.mandate()).lastValidSlot;
        return [build.getSuspendCoverInstruction({ ...(await this.ofCover(input)), guardian: input.guardian, lastValidSlot })];
    }

    /** Vetoes a queued change: the guardian, or the authority that takes it back. */
    async vetoChange(input: {
        guardian: TransactionSigner;
        number: bigint;
        lastValidSlot?: bigint;
    }): Promise<Instruction[]> {
        const { guardian, number } = input;
        const record = await pda.queuedChangeAddress(this.address, number);
        const { payer } = await this.queuedChange(number);
        const lastValidSlot = input.lastValidSlot ?? (await this.mandate()).lastValidSlot;
        return [build.getVetoChangeInstruction({ fund: this.address, guardian, record, payer, lastValidSlot })];
    }

    /** Offers the authority; an offer to nobody withdraws the last one. */
    async transferAuthority(input: Governance & { to?: Address }): Promise<Instruction[]> {
        const { to = NOBODY } = input;
        return [build.getTransferAuthorityInstruction({ ...(await this.governed(input)), to })];
    }

    /** Accepts an offered authority. */
    async acceptAuthority(input: Governance): Promise<Instruction[]> {
        return [build.getAcceptAuthorityInstruction(await this.governed(input))];
    }

    /** Asks treasury back, for a wallet; it can be claimed after the notice period. */
    async requestTreasury(input: Governance & { amount: bigint } & Wallet): Promise<Instruction[]> {
        const { tokenAccount } = await this.custody(input.authority, input.wallet);
        return [build.getRequestTreasuryInstruction({ ...(await this.governed(input)), tokenAccount })];
    }

    /** Takes a request of treasury back. */
    async cancelTreasury(input: Governance): Promise<Instruction[]> {
        return [build.getCancelTreasuryInstruction(await this.governed(input))];
    }

    /** Commits to a request of treasury that is due, then pays it. Anyone may. */
    async claimTreasury({ authority }: { authority: TransactionSigner }): Promise<Instruction[]> {
        const { treasuryTo } = await this.fund();
        const instruction = build.getClaimTreasuryInstruction({ ...this.vaulted(treasuryTo), authority });
        return [withAccounts(instruction, await this.waived(), AccountRole.READONLY)];
    }

    /** Pays into the treasury. */
    async fundTreasury(input: { funder: TransactionSigner; amount: bigint } & Wallet): Promise<Instruction[]> {
        const { funder, amount, wallet } = input;
        return [build.getFundTreasuryInstruction({ ...(await this.custody(funder, wallet)), funder, amount })];
    }

    /** Gives money to members that have borne losses. */
    async giveRecovery(input: { giver: TransactionSigner; amount: bigint } & Wallet): Promise<Instruction[]> {
        const { giver, amount, wallet } = input;
        return [build.getGiveRecoveryInstruction({ ...(await this.custody(giver, wallet)), giver, amount })];
    }

    // Covers

    /** Pays into a purse of a cover: 0 premium in advance, 1 first loss, 2 premium that is earned at once. */
    async fundCover(
        input: { giver: TransactionSigner; index: number; amount: bigint; purse: number } & Wallet,
    ): Promise<Instruction[]> {
        const { giver, amount, purse, wallet } = input;
        const accounts = { ...(await this.custody(giver, wallet)), ...(await this.ofCover(input)) };
        return [build.getFundCoverInstruction({ ...accounts, giver, amount, purse })];
    }

    /** Earns the premium of a cover. */
    async accrueCover(input: { index: number }): Promise<Instruction[]> {
        return [build.getAccrueCoverInstruction(await this.ofCover(input))];
    }

    /** Holds exits for a cover, for its drawer. */
    async holdCover(input: { drawer: TransactionSigner; index: number; secs: number }): Promise<Instruction[]> {
        const { drawer, secs } = input;
        return [build.getHoldCoverInstruction({ ...(await this.ofCover(input)), drawer, secs })];
    }

    /** Books a loss, for the drawer of a cover; a venue names its market. */
    async drawCover(input: {
        drawer: TransactionSigner;
        index: number;
        amount: bigint;
        market?: number;
    }): Promise<Instruction[]> {
        const { drawer, amount } = input;
        const market = input.market === undefined ? undefined : await pda.marketAddress(this.address, input.market);
        return [build.getDrawCoverInstruction({ ...(await this.ofCover(input)), drawer, amount, market })];
    }

    /** Pays what a cover is owed. */
    async settleCover(input: { index: number }): Promise<Instruction[]> {
        const instruction = build.getSettleCoverInstruction(await this.ofCover(input));
        return [withAccounts(instruction, await this.waived(), AccountRole.READONLY)];
    }

    /** Sends what is payable to a cover's destination, or what it has left to a token account of its beneficiary. */
    async collectCover(input: { index: number; tokenAccount: Address }): Promise<Instruction[]> {
        const accounts = { ...this.vaulted(input.tokenAccount), ...(await this.ofCover(input)) };
        return [build.getCollectCoverInstruction(accounts)];
    }

    /** Gives back what a cover was paid and nobody has claimed. */
    async returnCover(
        input: { giver: TransactionSigner; index: number; amount: bigint } & Wallet,
    ): Promise<Instruction[]> {
        const { giver, amount, wallet } = input;
        const accounts = { ...(await this.custody(giver, wallet)), ...(await this.ofCover(input)) };
        return [build.getReturnCoverInstruction({ ...accounts, giver, amount })];
    }

    /** Ends a cover whose time is over. */
    async endCover(input: { index: number }): Promise<Instruction[]> {
        return [build.getEndCoverInstruction(await this.ofCover(input))];
    }

    /** Holds exits because the market of a venue has fallen. */
    async showGap(input: { index: number; market: number }): Promise<Instruction[]> {
        const market = await pda.marketAddress(this.address, input.market);
        return [build.getShowGapInstruction({ ...(await this.ofCover(input)), market })];
    }

    private async ofCover({ index }: { index: number }) {
        return { fund: this.address, cover: await pda.coverAddress(this.address, index) };
    }

    // Accounts

    /** The accounts that a signer's money moves through: most instructions about money begin with them. */
    async custody(signer: TransactionSigner, wallet?: Address) {
        return this.vaulted(
            wallet ?? (await pda.tokenAccountAddress(signer.address, this.mint, this.tokenProgram)),
        );
    }

    private vaulted(tokenAccount: Address) {
        return {
            fund: this.address,
            vault: this.vault,
            mint: this.mint,
            tokenProgram: this.tokenProgram,
            tokenAccount,
        };
    }

    private async ownedBy(owner: TransactionSigner) {
        return { fund: this.address, member: await this.memberOf(owner.address), owner };
    }

    private async payable({ owner, wallet }: { owner: TransactionSigner } & Wallet) {
        return { ...(await this.custody(owner, wallet)), ...(await this.ownedBy(owner)) };
    }

    private async governed<T extends { readonly mandate?: MandateArgs }>(input: T) {
        return { ...input, fund: this.address, mandate: input.mandate ?? (await this.mandate()) };
    }

    private async trader(trader: Trader): Promise<{ member: Address; signer: TransactionSigner }> {
        return 'signer' in trader ? trader : { member: await this.memberOf(trader.address), signer: trader };
    }

    /** The market that a change concerns: its first field, where it has two and is none of a cover. */
    private async marketOf({ __kind, fields }: ParameterChangeArgs): Promise<Address | undefined> {
        return __kind !== 'RaiseCover' && fields.length === 2 ? pda.marketAddress(this.address, fields[0]) : undefined;
    }

    private marketAddresses(indices: readonly number[]): Promise<Address[]> {
        return Promise.all(indices.map((index) => pda.marketAddress(this.address, index)));
    }

    private async marketsAt(indices: readonly number[]): Promise<Market[]> {
        const found = await fetchAll(this.rpc, ACCOUNTS.market, await this.marketAddresses(indices));
        return found.map((market) => required([market]).data);
    }

    /** Markets of waived houses: whoever relies on these being silent shows that they still are. */
    private async waived(): Promise<Address[]> {
        const { waivedHouses } = await this.fund();
        const markets = waivedHouses === 0 ? [] : await this.markets();
        return this.marketAddresses(markets.filter((market) => market.houseWaived > 0n).map((market) => market.index));
    }

    private async marketAt(market: Address): Promise<Market> {
        return required(await fetchAll(this.rpc, ACCOUNTS.market, [market])).data;
    }

    private async indexOf(market: Address): Promise<number> {
        return (await this.marketAt(market)).index;
    }

    /** The publish times of the prints in accounts of a Pyth receiver; none of an account that does not exist. */
    private async publishTimes(prices: readonly Address[]): Promise<(bigint | undefined)[]> {
        const accounts = await fetchEncodedAccounts(this.rpc, [...prices], { commitment: 'confirmed' });
        return accounts.map((account) =>
            account.exists ? getI64Decoder().decode(account.data, PUBLISH_TS_OFFSET) : undefined,
        );
    }

    private async heldBy(members: readonly Address[]): Promise<number[]> {
        const found = await fetchAll(this.rpc, ACCOUNTS.member, members);
        return distinct(found.flatMap((member) => heldMarkets(required([member]).data)));
    }

    /** Cranks all markets that members hold, then runs the action that needs them. */
    private async priced(
        members: readonly Address[],
        action: (markets: readonly Address[]) => Instruction,
    ): Promise<Instruction[]> {
        const held = await this.heldBy(members);
        return [...(await this.cranks(held)), action(await this.marketAddresses(held))];
    }

    /** Does the same for an action that names one market as an account of its own. */
    private async pricedIn(
        market: number,
        members: readonly Address[],
        action: (named: Address, others: readonly Address[]) => Instruction,
    ): Promise<Instruction[]> {
        const held = await this.heldBy(members);
        const others = await this.marketAddresses(held.filter((index) => index !== market));
        const named = await pda.marketAddress(this.address, market);
        return [...(await this.cranks([...held, market])), action(named, others)];
    }
}

/** An instruction with remaining accounts. */
function withAccounts(
    instruction: Instruction,
    addresses: readonly Address[],
    role: AccountRole.READONLY | AccountRole.WRITABLE,
): Instruction {
    const accounts = addresses.map((address) => ({ address, role }));
    return { ...instruction, accounts: [...(instruction.accounts ?? []), ...accounts] };
}

type Found<T extends object> = { address: Address; data: T | undefined };

/** Reads accounts, some of which may not exist. */
async function fetchAll<T extends object>(
    rpc: FundRpc,
    kind: AccountKind<T>,
    addresses: readonly Address[],
): Promise<Found<T>[]> {
    const accounts: MaybeEncodedAccount[] = [];
    for (let start = 0; start < addresses.length; start += ACCOUNTS_PER_REQUEST) {
        const some = addresses.slice(start, start + ACCOUNTS_PER_REQUEST);
        accounts.push(...(await fetchEncodedAccounts(rpc, some, { commitment: 'confirmed' })));
    }
    return accounts.map((account) => ({
        address: account.address,
        data: account.exists ? decodeAccount(kind, account).data : undefined,
    }));
}

function required<T extends object>([found]: readonly Found<T>[]): { data: T } {
    if (found?.data === undefined) {
        throw new AccountError('missing', `there is no account at ${found?.address}`);
    }
    return { data: found.data };
}

function distinct(numbers: readonly number[]): number[] {
    return [...new Set(numbers)].sort((a, b) => a - b);
}
