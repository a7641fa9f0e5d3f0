/** The actions of users: their instructions, previews and consequences. @module */

import {
    getBase16Encoder,
    getBase64Decoder,
    isSignerRole,
    isWritableRole,
    type Address,
    type EncodedAccount,
    type Instruction,
    type TransactionSigner,
} from '@solana/kit';
import {
    ACCOUNTS,
    BULKHEAD_PROGRAM_ADDRESS,
    PAGE_CLAIMS,
    TransactionFailed,
    anyPrice,
    claimCover,
    claimPay,
    cover,
    decodeAccount,
    getMemberDecoder,
    getOfferDecoder,
    hasTakingLapsed,
    isUnreachable,
    lockedMargin,
    pageAddress,
    pushClaim,
    readProof,
    TAKING_SECS,
    tokenAccountAddress,
    simulate,
    type Cover,
    type FundClient,
    type MandateArgs,
    type Market,
    type Offer,
    type Quotes,
} from 'bulkhead-client';
import { decodeInstruction } from './inspector.js';
import { changeOf } from './figures/governance.js';
import { limitPrice, symbolOf } from './figures/market.js';
import { memberFigures } from './figures/member.js';
import { lapsedTakings, priceAt } from './figures/offer.js';
import { abs, type Raw } from './figures/raw.js';
import type {
    Action,
    CoverPurse,
    CoverTask,
    Difference,
    Figure,
    KeeperTask,
    Line,
    LossTask,
    MemberFigures,
    Preview,
    PrintedInstruction,
    Problem,
    ProvenClaim,
} from './model.js';
import type { PolicyAction } from './policies.js';
import type { AppRpc, WalletAccounts } from './reader.js';

/** The state that an action is built from. */
export interface Workplace {
    readonly rpc: AppRpc;
    readonly client: FundClient;
    readonly quotes: Quotes;
    readonly raw: Raw;
    readonly wallet: WalletAccounts;
}

/** Bytes of accounts that actions open, for their rent. */
const RENT_EXEMPT_LAMPORTS_PER_BYTE = 6_960n;
const ACCOUNT_OVERHEAD_BYTES = 128n;
const TOKEN_ACCOUNT_BYTES = 165n;
const MEMBER_BYTES = BigInt(getMemberDecoder().fixedSize);
const PAGE_BYTES = BigInt(cover.getPageDecoder().fixedSize);
const OFFER_BYTES = BigInt(getOfferDecoder().fixedSize);

/** Actions that margin must be free for. */
const NEEDS_FREE_MARGIN: ReadonlySet<Action['kind']> = new Set([
    'claim-withdrawal',
    'take-offer',
    'take-over',
    'withdraw-margin',
]);

/** Ends takings that were not filled in time, where they would stand in the way of an action. */
async function lapses(action: Action, { client, raw, wallet }: Pick<Workplace, 'client' | 'raw' | 'wallet'>): Promise<Instruction[]> {
    if (!NEEDS_FREE_MARGIN.has(action.kind)) {
        return [];
    }
    const own = lapsedTakings(raw, wallet.memberAddress).map(({ address }) => address);
    const taken = action.kind === 'take-offer' ? offerAt(action.offer, raw) : undefined;
    const wanted = action.kind === 'take-offer' && taken && hasTakingLapsed(taken, raw.clock.ts) ? [action.offer] : [];
    const offers = [...new Set([...wanted, ...own])].slice(0, LAPSES_AT_ONCE) as Address[];
    return (await Promise.all(offers.map((offer) => client.lapseTaking({ offer })))).flat();
}

/** Takings that one transaction ends beside what it is for. */
const LAPSES_AT_ONCE = 3;

const offerAt = (address: string, { offers }: Pick<Raw, 'offers'>): Offer | undefined =>
    offers.find((offer) => offer.address === address)?.data;

/** The instructions of an action, signed by `owner`. */
export async function instructionsOf(
    action: Action,
    owner: TransactionSigner,
    place: Pick<Workplace, 'client' | 'raw' | 'wallet'>,
    mandate?: MandateArgs,
): Promise<Instruction[]> {
    return [...(await lapses(action, place)), ...(await actionInstructions(action, owner, place, mandate))];
}

async function actionInstructions(
    action: Action,
    owner: TransactionSigner,
    { client, raw, wallet }: Pick<Workplace, 'client' | 'raw' | 'wallet'>,
    mandate?: MandateArgs,
): Promise<Instruction[]> {
    const governed = { authority: owner, ...(mandate && { mandate }) };
    // Money that is paid out needs somewhere to go.
    const destination = async () =>
        wallet.tokens === undefined ? client.openTokenAccount({ owner: owner.address, payer: owner }) : [];
    switch (action.kind) {
        case 'join':
            return [
                ...(wallet.member ? [] : await client.openMember({ owner })),
                ...(action.margin > 0n ? await client.depositMargin({ depositor: owner, amount: action.margin }) : []),
                ...(action.contribution > 0n ? await client.contribute({ owner, amount: action.contribution }) : []),
            ];
        case 'deposit':
            return client.depositMargin({ depositor: owner, amount: action.amount });
        case 'withdraw-margin':
            return [...(await destination()), ...(await client.withdrawMargin({ owner, amount: action.amount }))];
        case 'contribute':
            return client.contribute({ owner, amount: action.amount });
        case 'request-withdrawal':
            return client.requestWithdrawal({ owner, shares: action.shares });
        case 'cancel-withdrawal':
            return client.cancelWithdrawal({ owner });
        case 'claim-withdrawal':
            return [...(await destination()), ...(await client.claimWithdrawal({ owner }))];
        case 'claim-rewards':
            return [...(await destination()), ...(await client.claimRewards({ owner }))];
        case 'claim-recovery':
            return [...(await destination()), ...(await client.claimRecovery({ owner }))];
        case 'waive-recovery':
            return client.waiveRecovery({ owner });
        case 'agree-assessment':
            return client.agreeAssessment({ owner });
        case 'set-delegate':
            return client.setDelegate({
                owner,
                ...(action.delegate !== undefined && { delegate: action.delegate as Address }),
            });
        case 'close-member':
            return client.closeMember({ owner });
        case 'take-over':
            return client.takeOver({
                market: action.market,
                taker: owner,
                lots: action.lots,
                ...limitOf(action.market, raw.markets[action.market]?.houseLots, raw),
            });
        case 'post-offer':
            return client.postOffer({
                market: action.market,
                maker: owner,
                lots: action.lots,
                minLots: action.fewest,
                distanceBps: Number(action.distanceBps),
                expiresTs: action.expiresTs,
                ...(action.limitPrice !== undefined && { limitPrice: action.limitPrice }),
                ...(action.onlyFor !== undefined && { taker: action.onlyFor as Address }),
            });
        case 'cancel-offer':
            return client.cancelOffer({ offer: action.offer as Address, signer: owner });
        case 'take-offer':
            return client.takeOffer({
                offer: action.offer as Address,
                taker: owner,
                lots: action.lots,
                limitPrice: action.limitPrice,
            });
        case 'repay-default':
            return client.repayDefault({ payer: owner, record: action.record as Address, amount: action.amount });
        case 'keep':
            return keep(action.task, owner, { client, raw, wallet });
        case 'queue-change':
            return client.queueChange({ ...governed, payer: owner, change: changeOf(action.draft, raw) });
        case 'apply-change':
            return action.isMarket
                ? client.openMarket({ ...governed, payer: owner, number: action.number })
                : client.applyChange({ ...governed, number: action.number });
        case 'veto-change':
            return client.vetoChange({
                guardian: owner,
                number: action.number,
                ...(mandate && { lastValidSlot: BigInt(mandate.lastValidSlot) }),
            });
        case 'cover':
            return coverTask(action.task, coverAt(action.cover, raw), client);
        case 'fund-cover':
            return client.fundCover({ giver: owner, index: action.cover, amount: action.amount, purse: PURSES.indexOf(action.purse) });
        case 'loss':
            return lossTask(action.task, lossAt(action.loss, raw), raw);
        case 'claim-cover':
            return claim(action.claim, owner, raw, await destination());
        case 'buy-policy':
        case 'start-policy':
        case 'claim-policy': {
            // Few come for them: their part is loaded when somebody does.
            const { policyInstructions } = await policies();
            return policyInstructions(action, owner, { client, raw }, action.kind === 'claim-policy' ? await destination() : []);
        }
    }
}

const policies = () => import('./policies.js');

const isOfPolicy = (action: Action): action is PolicyAction =>
    action.kind === 'buy-policy' || action.kind === 'start-policy' || action.kind === 'claim-policy';

/** Purses of a cover, by their numbers. */
const PURSES: readonly CoverPurse[] = ['prepaid', 'first-loss', 'earned'];

function coverAt(index: number, { covers }: Pick<Raw, 'covers'>): Cover {
    const found = covers.find(({ data }) => data.index === index);
    if (!found) {
        throw new RangeError(`the fund has no cover ${index}`);
    }
    return found.data;
}

function lossAt(address: string, { losses }: Pick<Raw, 'losses'>): Raw['losses'][number] {
    const found = losses.find((loss) => loss.address === address);
    if (!found) {
        throw new RangeError(`there is no loss ${address}`);
    }
    return found;
}

function panelOf({ data }: Raw['losses'][number], { panels }: Pick<Raw, 'panels'>): cover.Panel {
    const found = panels.find(({ address }) => address === data.panel);
    if (!found) {
        throw new RangeError(`there is no panel ${data.panel}`);
    }
    return found.data;
}

async function coverTask(task: CoverTask, { beneficiary, destination, index, market }: Cover, client: FundClient): Promise<Instruction[]> {
    switch (task) {
        case 'accrue':
            return client.accrueCover({ index });
        case 'settle':
            return client.settleCover({ index });
        case 'collect':
            return client.collectCover({ index, tokenAccount: destination });
        case 'refund': {
            const { mint, tokenProgram } = await client.fund();
            return client.collectCover({ index, tokenAccount: await tokenAccountAddress(beneficiary, mint, tokenProgram) });
        }
        case 'end':
            return client.endCover({ index });
        case 'show-gap':
            return client.showGap({ index, market });
    }
}

async function lossTask(task: LossTask, loss: Raw['losses'][number], raw: Raw): Promise<Instruction[]> {
    const panel = panelOf(loss, raw);
    const base = { panel: loss.data.panel, loss: loss.address as Address };
    const drawer = { ...base, fund: panel.fund, cover: panel.cover, bulkhead: BULKHEAD_PROGRAM_ADDRESS };
    const { mint, tokenProgram, vault } = panel;
    const money = { ...drawer, vault, mint, tokenProgram, fundVault: raw.fund.vault };
    switch (task) {
        case 'decide':
            return [cover.getDecideLossInstruction(drawer)];
        case 'open-claims':
            return [cover.getOpenClaimsInstruction(money)];
        case 'expire':
            return [cover.getExpireLossInstruction(money)];
        case 'settle-bond': {
            const tokenAccount = await tokenAccountAddress(loss.data.reporter, mint, tokenProgram);
            return [cover.getSettleBondInstruction({ ...money, tokenAccount })];
        }
    }
}

/** Pays a claim to its claimant who signs, or to the associated account of somebody else. Its page is opened if it is the first on it. */
async function claim(
    { amount, claimant, hasPage, index, loss, proof }: ProvenClaim,
    owner: TransactionSigner,
    raw: Raw,
    openAccount: readonly Instruction[],
): Promise<Instruction[]> {
    const panel = panelOf(lossAt(loss, raw), raw);
    const panelAddress = lossAt(loss, raw).data.panel;
    const nodes = readProof(new Uint8Array(getBase16Encoder().encode(proof)));
    if (!nodes) {
        throw new RangeError('the proof is not whole');
    }
    const leaf = { loss: loss as Address, index, claimant: claimant as Address, amount };
    const input = { panel, panelAddress, leaf, proof: nodes };
    const number = Math.floor(index / PAGE_CLAIMS);
    const page = await pageAddress(leaf.loss, index);
    const isOwn = claimant === owner.address;
    return [
        ...(isOwn ? openAccount : []),
        ...(hasPage ? [] : [cover.getOpenPageInstruction({ loss: leaf.loss, page, payer: owner, number })]),
        isOwn ? await claimCover({ ...input, claimant: owner }) : await pushClaim(input),
    ];
}

/** The worst price that is signed for these lots, where both are known; otherwise the client asks the chain. */
function limitOf(index: number, lots: bigint | undefined, { clock, markets }: Raw): { readonly limitPrice?: bigint } {
    const market = markets[index];
    return market && lots ? { limitPrice: limitPrice(market, lots, clock) } : {};
}

const lotsOf = ({ market, member }: { readonly market: number; readonly member: string }, { members }: Raw) =>
    members.get(member)?.positions.find((position) => position.market === market && position.lots !== 0n)?.lots;

async function keep(
    task: KeeperTask,
    payer: TransactionSigner,
    { client, raw, wallet }: Pick<Workplace, 'client' | 'raw' | 'wallet'>,
): Promise<Instruction[]> {
    // A bounty goes to a member account; a wallet without one works for nothing.
    const keeper = wallet.member ? { keeper: wallet.memberAddress as Address } : {};
    switch (task.kind) {
        case 'crank':
            return client.crankMarket(task);
        case 'declare':
            return client.declareDefault({ member: task.member as Address, payer, ...keeper });
        case 'liquidate':
            return client.liquidate({
                market: task.market,
                target: task.member as Address,
                liquidator: payer,
                lots: task.lots,
                ...limitOf(task.market, lotsOf(task, raw), raw),
            });
        case 'allocate':
            return client.allocateLoss({ record: task.record as Address, payer, ...keeper });
        case 'allocate-residual':
            return client.allocateResidual({ payer });
        case 'enforce':
            return client.enforceCall({ member: task.member as Address });
        case 'settle':
            return client.settle({
                market: task.market,
                members: [task.member as Address],
                ...(task.member === wallet.memberAddress && { trader: payer }),
            });
        case 'settle-epoch':
            return client.settleEpoch({ member: task.member as Address });
        case 'collect-premium':
            return client.collectPremium(task);
        case 'report-exposure':
            return client.reportExposure({ member: task.member as Address });
        case 'open-gains-cut':
            return client.openGainsCut();
        case 'register-gains':
            return client.registerGains({ member: task.member as Address });
        case 'cut-gains':
            return client.cutGains();
        case 'fix-final-mark':
            return client.fixFinalMark(task);
        case 'close-out':
            return client.closeOut({ member: task.member as Address });
        case 'pay-out':
            return client.payOut({ member: task.member as Address });
        case 'release-cushion':
            return client.releaseCushion({ record: task.record as Address });
        case 'call-stress':
            return client.callStress({ member: task.member as Address });
        case 'close-default':
            return client.closeDefault({ record: task.record as Address });
        case 'fill-offer':
            return client.fillOffer({ offer: task.offer as Address });
        case 'lapse-taking':
            return client.lapseTaking({ offer: task.offer as Address });
        case 'cancel-expired':
            return client.cancelOffer({ offer: task.offer as Address, signer: payer });
    }
}

const TITLES: Readonly<Record<Exclude<Action['kind'], 'keep'>, string>> = {
    join: 'Become a member',
    deposit: 'Deposit margin',
    'withdraw-margin': 'Withdraw margin',
    contribute: 'Contribute to the default fund',
    'request-withdrawal': 'Give notice of a withdrawal',
    'cancel-withdrawal': 'Take the notice back',
    'claim-withdrawal': 'Claim the withdrawal',
    'claim-rewards': 'Claim rewards',
    'claim-recovery': 'Claim what has come back',
    'waive-recovery': 'Give up what has not come back',
    'agree-assessment': 'Agree to the assessment cap in force',
    'set-delegate': 'Set the delegate',
    'close-member': 'Close the member account',
    'take-over': 'Take over from the house',
    'post-offer': 'Post an offer',
    'cancel-offer': 'Cancel an offer',
    'take-offer': 'Take an offer',
    'repay-default': 'Repay a default',
    'queue-change': 'Queue a change',
    'apply-change': 'Apply a change',
    'veto-change': 'Veto a change',
    cover: 'A cover',
    'fund-cover': 'Pay into a cover',
    loss: 'A loss of a cover',
    'claim-cover': 'Claim what you have lost',
    'buy-policy': 'Buy a policy',
    'start-policy': 'Put a policy in force',
    'claim-policy': 'Claim a policy’s payout',
};

const COVER_TITLES: Readonly<Record<CoverTask, string>> = {
    accrue: 'Earn a cover’s premium',
    settle: 'Pay what a cover is owed',
    collect: 'Send a cover’s money on',
    refund: 'Give back what a cover has not used',
    end: 'End a cover',
    'show-gap': 'Show that a venue’s market has fallen',
};

const LOSS_TITLES: Readonly<Record<LossTask, string>> = {
    decide: 'Decide about a loss',
    'settle-bond': 'Settle the bond of a loss',
    'open-claims': 'Open the claims on a loss',
    expire: 'End the claims on a loss',
};

function titleOf(action: Action): string {
    switch (action.kind) {
        case 'keep':
            return TASK_TITLES[action.task.kind];
        case 'cover':
            return COVER_TITLES[action.task];
        case 'loss':
            return LOSS_TITLES[action.task];
        default:
            return TITLES[action.kind];
    }
}

const TASK_TITLES: Readonly<Record<KeeperTask['kind'], string>> = {
    crank: 'Take a new price',
    declare: 'Declare a default',
    liquidate: 'Liquidate a member',
    allocate: 'Allocate a loss',
    'allocate-residual': 'Allocate the residual',
    enforce: 'Enforce a call',
    settle: 'Settle a position',
    'settle-epoch': 'Settle an ended epoch',
    'collect-premium': 'Collect a premium',
    'report-exposure': 'Report an exposure',
    'open-gains-cut': 'Open a gains cut',
    'register-gains': 'Register a gain',
    'cut-gains': 'Cut gains',
    'fix-final-mark': 'Fix a final mark',
    'close-out': 'Close out a member',
    'pay-out': 'Pay a claim',
    'release-cushion': 'Give a cushion back',
    'call-stress': 'Start or end a stress call',
    'close-default': 'Close a record',
    'fill-offer': 'Fill a taking',
    'lapse-taking': 'End a taking that was not filled',
    'cancel-expired': 'Cancel an expired offer',
};

/** Runs an action without sending it: before and after, cost, consequences, and why it would be refused. */
export async function previewOf(action: Action, owner: TransactionSigner, place: Workplace): Promise<Preview> {
    const { raw, rpc, wallet } = place;
    const instructions = await instructionsOf(action, owner, place);
    const watched = [wallet.memberAddress, raw.address, wallet.tokenAccount] as Address[];
    const simulation = await simulate(rpc, owner, instructions, watched);
    const of = isOfPolicy(action) ? await policies() : undefined;
    const rents = of?.policyBytes(action as PolicyAction, raw).map((bytes) => rent(BigInt(bytes))) ?? [];
    const base = {
        title: titleOf(action),
        terms: of?.policyTerms(action as PolicyAction, raw) ?? termsOf(action, place),
        consequences: of?.policyConsequences(action as PolicyAction) ?? consequencesOf(action, place),
        networkFee: simulation.fee,
        rent: rents.reduce((sum, each) => sum + each, rentOf(action, place)),
        computeUnits: simulation.computeUnits,
        instructions: instructions.map((instruction) => decodeInstruction(instruction, raw)),
    };
    if (simulation.failure) {
        const problem = problemOf(simulation.failure);
        const advice = of && simulation.failure.claimError ? { advice: of.policyAdvice(simulation.failure.claimError.name) } : {};
        return { ...base, changes: [], problem: { ...problem, ...advice } };
    }
    return { ...base, changes: changesOf(simulation.accounts, place), problem: undefined };
}

const rent = (bytes: bigint): bigint => (bytes + ACCOUNT_OVERHEAD_BYTES) * RENT_EXEMPT_LAMPORTS_PER_BYTE;

function rentOf(action: Action, { wallet }: Workplace): bigint {
    const opensMember = action.kind === 'join' && !wallet.member;
    const paysOut = ['withdraw-margin', 'claim-withdrawal', 'claim-rewards', 'claim-recovery', 'claim-cover', 'claim-policy'].includes(action.kind);
    const opensWallet = paysOut && wallet.tokens === undefined;
    const opensOffer = action.kind === 'post-offer';
    const opensPage = action.kind === 'claim-cover' && !action.claim.hasPage;
    return (opensPage ? rent(PAGE_BYTES) : 0n) + (opensMember ? rent(MEMBER_BYTES) : 0n) + (opensOffer ? rent(OFFER_BYTES) : 0n) + (opensWallet ? rent(TOKEN_ACCOUNT_BYTES) : 0n);
}

const TOKEN_AMOUNT = 64;

/** Compares the figures before and after. */
function changesOf(
    [memberAfter, fundAfter, tokenAfter]: readonly (EncodedAccount | undefined)[],
    { quotes, raw, wallet }: Workplace,
): Difference[] {
    const fund = fundAfter ? decodeAccount(ACCOUNTS.fund, fundAfter).data : raw.fund;
    const after = { ...raw, fund };
    const figuresBefore = wallet.member && memberFigures(wallet.memberAddress, wallet.member, raw, quotes);
    const figuresAfter =
        memberAfter &&
        memberFigures(wallet.memberAddress, decodeAccount(ACCOUNTS.member, memberAfter).data, after, quotes);
    const money = (label: string, before: bigint | undefined, next: bigint | undefined): Difference[] =>
        (before ?? 0n) === (next ?? 0n)
            ? []
            : [
                  {
                      label,
                      before: { unit: 'money', value: before ?? 0n },
                      after: { unit: 'money', value: next ?? 0n },
                  },
              ];
    const of = (pick: (figures: MemberFigures) => bigint | undefined) =>
        [figuresBefore && pick(figuresBefore), figuresAfter && pick(figuresAfter)] as const;
    const text = (label: string, before: string, next: string): Difference[] =>
        before === next ? [] : [{ label, before: figure(before), after: figure(next) }];
    return [
        ...text('Member account', figuresBefore ? 'open' : 'none', figuresAfter ? 'open' : 'none'),
        ...money('In your wallet', wallet.tokens ?? 0n, tokenAfter && amountOf(tokenAfter)),
        ...money('Margin', ...of(({ margin }) => margin)),
        ...money('Contribution', ...of(({ contribution }) => contribution)),
        ...money('Locked for takings', ...of(({ locked }) => locked)),
        ...money('Initial margin required', ...of(({ health }) => health?.initialMargin ?? 0n)),
        ...money('Contribution required', ...of(({ health, positions }) => (positions.length > 0 ? health?.requiredContribution : 0n))),
        ...money('Rewards due to you', ...of(({ rewards }) => rewards)),
        ...money('Recoveries due to you', ...of(({ recovery }) => recovery.claimable)),
        ...money('On notice', ...of(({ exit }) => exit?.amount ?? 0n)),
        ...times('Notice ends', figuresBefore?.exit?.readyTs, figuresAfter?.exit?.readyTs),
        ...text('Delegate', figuresBefore?.delegate ?? 'nobody', figuresAfter?.delegate ?? 'nobody'),
        ...money('Contributions of the fund', raw.fund.contributions, fund.contributions),
        ...money('Treasury of the fund', raw.fund.treasury, fund.treasury),
        ...money('Loss nobody has paid', raw.fund.unfunded, fund.unfunded),
    ];
}

const figure = (value: string): Figure => ({ unit: value.length >= 32 ? 'address' : 'text', value });

function times(label: string, before: bigint | undefined, after: bigint | undefined): Difference[] {
    const time = (ts: bigint | undefined): Figure => (ts ? { unit: 'time', value: ts } : { unit: 'text', value: '–' });
    return before === after ? [] : [{ label, before: time(before), after: time(after) }];
}

function amountOf({ data }: EncodedAccount): bigint {
    return new DataView(data.buffer, data.byteOffset, data.byteLength).getBigUint64(TOKEN_AMOUNT, true);
}

/** The terms of an offer or a taking, in the figures of this moment. */
export function termsOf(action: Action, { raw }: Pick<Workplace, 'raw'>): Line[] {
    if (action.kind === 'post-offer') {
        const market = raw.markets[action.market];
        return market ? postTerms(action, market) : [];
    }
    if (action.kind === 'take-offer') {
        const offer = offerAt(action.offer, raw);
        const market = offer && raw.markets[raw.marketAddresses.indexOf(offer.market)];
        return market ? takeTerms(action, offer, market, raw) : [];
    }
    if (action.kind === 'claim-cover') {
        return claimTerms(action.claim, lossAt(action.claim.loss, raw).data);
    }
    return [];
}

function claimTerms({ amount, claimant, index, loss }: ProvenClaim, state: cover.Loss): Line[] {
    return [
        { label: 'Claimant', figure: { unit: 'address', value: claimant } },
        { label: 'Loss', figure: { unit: 'address', value: loss } },
        { label: 'Place in the list', figure: { unit: 'count', value: BigInt(index) } },
        { label: 'What was lost', figure: { unit: 'money', value: amount } },
        { label: 'What is paid', figure: { unit: 'money', value: claimPay(amount, state) } },
    ];
}

const priceFigure = (value: bigint, { priceDecimals: decimals }: Market): Figure => ({ unit: 'price', value, decimals });

const lotsLine = (lots: bigint, market: Market): Line => ({
    label: lots < 0n ? 'You sell' : 'You buy',
    figure: { unit: 'lots', value: abs(lots), decimals: market.lotDecimals, symbol: symbolOf(market) },
});

function postTerms(action: Extract<Action, { kind: 'post-offer' }>, market: Market): Line[] {
    const { distanceBps, expiresTs, lots, onlyFor } = action;
    const limitPrice = action.limitPrice ?? anyPrice(lots);
    const price = priceAt({ lots, distanceBps: Number(distanceBps), limitPrice }, market.mark.price);
    return [
        lotsLine(lots, market),
        ...(price === undefined ? [] : [{ label: 'Price at the mark', figure: priceFigure(price, market) }]),
        ...(action.limitPrice === undefined
            ? []
            : [{ label: lots < 0n ? 'Never below' : 'Never above', figure: priceFigure(action.limitPrice, market) }]),
        { label: 'Expires', figure: { unit: 'time', value: expiresTs } },
        { label: 'For', figure: onlyFor === undefined ? { unit: 'text', value: 'anyone' } : { unit: 'address', value: onlyFor } },
    ];
}

function takeTerms(action: Extract<Action, { kind: 'take-offer' }>, offer: Offer, market: Market, raw: Raw): Line[] {
    const price = priceAt(offer, market.mark.price);
    const margin = price === undefined ? undefined : lockedMargin(action.lots, price, market, raw.fund.params);
    return [
        lotsLine(action.lots, market),
        ...(price === undefined ? [] : [{ label: 'Price at the mark', figure: priceFigure(price, market) }]),
        { label: 'Worst price you accept', figure: priceFigure(action.limitPrice, market) },
        ...(margin === undefined
            ? []
            : ([
                  { label: 'Fee, about', figure: { unit: 'money', value: margin.fee } },
                  { label: 'Margin that is locked', figure: { unit: 'money', value: margin.locked } },
              ] as const)),
        { label: 'Locked for at most', figure: { unit: 'seconds', value: TAKING_SECS } },
    ];
}

/** The consequences to know before signing, in sentences. */
export function consequencesOf(action: Action, { raw, wallet }: Pick<Workplace, 'raw' | 'wallet'>): string[] {
    const { params } = raw.fund;
    const days = (secs: number) => {
        const hours = Math.round(secs / 3_600);
        return hours >= 48 ? `${Math.round(hours / 24)} days` : `${hours} ${hours === 1 ? 'hour' : 'hours'}`;
    };
    const leaving = `It leaves after a notice of ${days(params.noticeSecs)}, within a window of ${days(params.claimWindowSecs)}, and not while a loss is pending.`;
    const shared =
        'A contribution pays for the defaults of others: it can lose any part of its value, up to all of it. It earns a part of the fees while it is there.';
    const cap = params.assessmentCapBps / 100;
    const assessed = `If a loss takes all contributions, you can be assessed up to ${cap}% of what yours was worth, from margin above your initial margin.`;
    switch (action.kind) {
        case 'join':
            return [
                ...(action.margin > 0n ? ['Margin is yours: it pays for your own losses only. What your positions do not need can be withdrawn at any time.'] : []),
                ...(action.contribution > 0n ? [shared, leaving] : []),
                ...(params.assessmentCapBps > 0 && !wallet.member ? [assessed] : []),
            ];
        case 'contribute':
            return [shared, leaving];
        case 'deposit':
            return ['Margin is yours: it pays for your own losses only.'];
        case 'request-withdrawal':
            return [
                `Your shares stay at risk, and earn, until they are paid. ${leaving}`,
                'There is one request at a time. Cancelling it and asking again starts the notice anew.',
            ];
        case 'cancel-withdrawal':
            return ['The notice is void. A new request starts a new notice period.'];
        case 'claim-withdrawal': {
            const isCommit = params.exitDelaySlots > 0 && wallet.member?.exitReadySecs === 0n;
            return isCommit
                ? [
                      `This commits to leaving. Payment is a second claim, about ${Math.ceil(params.exitDelaySlots * 0.4)} seconds later and within a minute; missed, the request is void.`,
                      'Until it is paid the amount is at risk and its value can still change.',
                  ]
                : ['The shares are paid at their price now.'];
        }
        case 'waive-recovery':
            return ['What comes back later goes to the other members. This cannot be undone.'];
        case 'agree-assessment':
            return [assessed];
        case 'set-delegate':
            return action.delegate
                ? ['The delegate can trade with your margin, at the mark or better, and lose it. It can never withdraw.']
                : ['Nobody but you can trade for this account.'];
        case 'close-member':
            return ['The account is gone and its rent comes back to you.'];
        case 'take-over':
            return ['You hold the position from now on, with its risk. Its margin and contribution requirements are the base rates.'];
        case 'post-offer':
            return [
                'Whoever takes it fixes a moment, and the price is that of the first print after it: nobody can choose it.',
                `Nothing is locked while the offer rests. Once it is taken, your initial margin for the lots, the fee and the doubt in an old price are locked for at most ${TAKING_SECS} seconds; without that margin nobody can take it.`,
                'You can cancel it at any time while it is not taken. Its rent comes back when it is filled or cancelled.',
            ];
        case 'cancel-offer':
            return ['Nobody can take it any more. Its rent comes back to the key that has posted it.'];
        case 'take-offer':
            return [
                'The price is that of the first print after you take, not this one: nobody knows it yet. If it is worse than the worst price you accept, nothing is filled.',
                `Until it is filled this margin is locked on both sides, for at most ${TAKING_SECS} seconds. If it is not filled by then, anyone can free it, and so can you.`,
                'Anyone can fill it. You cannot take it back before.',
            ];
        case 'repay-default':
            return ['The money goes to those who paid for this default. It does not come back.'];
        case 'queue-change':
            return ['The change waits for its timelock. Guardian and authority can veto it until it is applied.'];
        case 'apply-change':
            return ['The new values are in force at once.'];
        case 'veto-change':
            return ['The change is gone. It would have to be queued again.'];
        case 'cover':
            return [COVER_CONSEQUENCES[action.task]];
        case 'fund-cover':
            return [PURSE_CONSEQUENCES[action.purse], 'You cannot take it back.'];
        case 'loss':
            return [LOSS_CONSEQUENCES[action.task]];
        case 'claim-cover':
            return [
                action.claim.claimant === wallet.address
                    ? 'It is paid into your associated token account, once.'
                    : 'It is paid into the claimant’s associated token account, once. Nothing of it comes to you.',
                'Every claim on this loss is paid in the same ratio, whoever comes first.',
            ];
        case 'keep':
            if (isUnpaid(action.task)) {
                return [];
            }
            return wallet.member ? [] : ['Your wallet has no member account, so a bounty would go to nobody.'];
        default:
            return [];
    }
}

const COVER_CONSEQUENCES: Readonly<Record<CoverTask, string>> = {
    accrue: 'Contributors and treasury earn the premium of the time that has passed. If it is used up, the cover lapses as of the second in which it was.',
    settle: 'The treasury above its floor pays first, then every contribution in proportion. What the fund lacks lapses.',
    collect: 'The money goes to the cover’s destination.',
    refund: 'Premium and first loss that the cover has not used go to its beneficiary.',
    end: 'The cover pledges nothing any more. What it still holds can be collected.',
    'show-gap': 'Exits are held for ten minutes, so that nobody outruns the pool.',
};

const PURSE_CONSEQUENCES: Readonly<Record<CoverPurse, string>> = {
    prepaid: 'It is premium in advance. What is not used goes to the cover’s beneficiary when it has ended. It revives no cover that has lapsed.',
    'first-loss': 'It bears losses before the fund does. What is not used goes to the cover’s beneficiary when it has ended.',
    earned: 'Contributors and treasury earn it at once.',
};

const LOSS_CONSEQUENCES: Readonly<Record<LossTask, string>> = {
    decide: 'If the panel has approved the root, the cover is drawn on. If not, the loss is rejected, and its bond goes to the contributors.',
    'settle-bond': 'The bond goes back to the reporter, or to the contributors if the loss was rejected.',
    'open-claims': 'What all claims share is fixed. Everybody in the list can claim for 90 days.',
    expire: 'Nothing can be claimed any more. What is left goes back to those who have borne losses.',
};

/** Tasks that pay nobody a bounty, member or not. */
function isUnpaid({ kind }: KeeperTask): boolean {
    return kind === 'fill-offer' || kind === 'lapse-taking' || kind === 'cancel-expired';
}

/** A failure in words. */
export function problemOf(failure: unknown): Problem {
    if (failure instanceof TransactionFailed && failure.programError) {
        const { advice, name, text } = failure.programError;
        return { name, text: `${text}.`, advice };
    }
    if (failure instanceof TransactionFailed && failure.claimError) {
        const { name, text } = failure.claimError;
        return { name, text: `${text}.`, advice: CLAIM_ADVICE[name] ?? 'Read the loss again: it is not in the state this needs.' };
    }
    if (failure instanceof TransactionFailed) {
        return { name: undefined, ...ofRuntime(failure) };
    }
    if (isUnreachable(failure)) {
        return {
            name: undefined,
            text: 'The RPC node does not answer.',
            advice: 'Nothing was signed. Try again when the connection is back, or choose another node in the settings.',
        };
    }
    const text = failure instanceof Error ? failure.message : String(failure);
    return { name: undefined, text, advice: 'Nothing was sent. Try again; if it stays, report it.' };
}

/** Remedies for errors of the program of claims. */
const CLAIM_ADVICE: Readonly<Record<string, string>> = {
    AlreadyClaimed: 'Nothing: this claim was paid.',
    ClaimsNotOpen: 'Wait until the cover has paid, then open the claims: anyone may.',
    ClaimsOver: 'Nothing: the 90 days are over, and the rest has gone back to the fund.',
    CoverOwes: 'Have the fund settle what the cover is owed first: anyone may, a minute after the draw, once clearing is whole.',
    ReviewRunning: 'Wait until the root has been public for a day.',
    VoteRunning: 'Wait until the panel has voted, or its time is over.',
    WrongProof: 'Get the list that was posted, unchanged.',
};

/** Refusals that are not the program's: the network's, or the token program's. */
function ofRuntime({ logs, message }: TransactionFailed): Pick<Problem, 'text' | 'advice'> {
    const all = [message, ...logs].join('\n');
    if (/insufficient funds for rent|InsufficientFundsForRent|insufficient lamports|InsufficientFundsForFee|AccountNotFound/.test(all)) {
        return {
            text: 'The wallet has too little SOL for the network’s fee and the rent of accounts.',
            advice: 'Put a little SOL into the wallet first.',
        };
    }
    if (/insufficient funds|custom program error: 0x1\b/.test(all)) {
        return { text: 'The wallet holds fewer tokens than this needs.', advice: 'Choose a smaller amount.' };
    }
    return { text: message, advice: 'Nothing was changed. Try again; if it stays, report it with the text above.' };
}

/** Slots for which a multisig's members have time to sign: about a day. */
const PROPOSAL_SLOTS = 216_000n;

/** A governance action as one instruction for a multisig to propose, as the command line prints it. */
export async function printedOf(
    action: Action,
    authority: TransactionSigner,
    place: Workplace,
): Promise<PrintedInstruction> {
    const mandate = await place.client.mandate(PROPOSAL_SLOTS);
    const [instruction] = await instructionsOf(action, authority, place, mandate);
    if (!instruction) {
        throw new RangeError('there is nothing to print');
    }
    const accounts = (instruction.accounts ?? []).map(({ address, role }) => ({
        pubkey: address,
        is_signer: isSignerRole(role),
        is_writable: isWritableRole(role),
    }));
    const data_base64 = getBase64Decoder().decode(instruction.data ?? new Uint8Array());
    return {
        json: JSON.stringify({ program_id: instruction.programAddress, accounts, data_base64 }, undefined, 2),
        decoded: decodeInstruction(instruction, place.raw),
        nonce: BigInt(mandate.nonce),
        lastValidSlot: BigInt(mandate.lastValidSlot),
    };
}
