/**
 * The figures that pages show, in words and numbers of the trade. Nothing here knows how an account is laid out: only
 * `figures/` and `actions.ts` do, in the worker.
 *
 * Money is in base units of the settlement token, times are seconds of the chain's clock.
 *
 * @module
 */

import type { PolicyTerms } from 'bulkhead-client';

/** A number with its unit, for places that show many kinds: parameters, arguments, before and after. */
export type Figure =
    | { readonly unit: 'money'; readonly value: bigint }
    | { readonly unit: 'price'; readonly value: bigint; readonly decimals: number }
    | { readonly unit: 'lots'; readonly value: bigint; readonly decimals: number; readonly symbol: string }
    | { readonly unit: 'bps'; readonly value: bigint }
    | { readonly unit: 'seconds'; readonly value: bigint }
    | { readonly unit: 'slots'; readonly value: bigint }
    | { readonly unit: 'time'; readonly value: bigint }
    | { readonly unit: 'count'; readonly value: bigint }
    | { readonly unit: 'address'; readonly value: string }
    | { readonly unit: 'text'; readonly value: string };

/** A labelled figure. */
export interface Line {
    readonly label: string;
    readonly figure: Figure;
}

/** The seven layers that pay for a default, in order. Every picture has them in this order and in the same colours. */
export const LAYERS = [
    'margin',
    'contribution',
    'treasury',
    'survivors',
    'assessments',
    'gains',
    'unpaid',
] as const;
export type Layer = (typeof LAYERS)[number];

/** Amounts by layer. */
export type ByLayer = Readonly<Partial<Record<Layer, bigint>>>;

/** The clusters there are; `local` is any other than the public ones. */
export type ClusterName = 'mainnet' | 'devnet' | 'testnet' | 'local';

export interface Cluster {
    readonly name: ClusterName;
    readonly genesis: string;
}

/** The node and the fund that the app is pointed at. */
export interface Target {
    readonly rpc: string;
    readonly fund: string;
    /** The cluster it must be, by genesis hash; any if none is named. */
    readonly genesis?: string | undefined;
    /** The addresses of the two programs; those of local networks if none are named. */
    readonly program?: string | undefined;
    readonly claimsProgram?: string | undefined;
}

/** The reasons that nothing can be shown, although the node answers. */
export type Refusal = 'version' | 'no-fund' | 'no-program' | 'not-a-fund' | 'wrong-cluster' | 'bad-address';

/** The state of the connection to the node. */
export type Connection =
    | { readonly state: 'connecting' }
    | { readonly state: 'live' }
    | { readonly state: 'lost'; readonly sinceMs: number; readonly reason: string }
    | { readonly state: 'refused'; readonly problem: Refusal; readonly detail: string };

export type FundStatus = 'active' | 'recovery' | 'wind-down';

/** A reason that stops contributions from moving. */
export type Block =
    | { readonly kind: 'default-open'; readonly count: number }
    | { readonly kind: 'unfunded'; readonly amount: bigint }
    | { readonly kind: 'grace'; readonly count: number }
    | { readonly kind: 'watch'; readonly count: number }
    | { readonly kind: 'house'; readonly count: number }
    | { readonly kind: 'cover-owed'; readonly amount: bigint }
    | { readonly kind: 'cover-hold'; readonly untilTs: bigint };

/** Parts of the fund that a pause can stop. */
export type Pausable = 'new members' | 'contributions' | 'trades that add risk' | 'withdrawals of margin';

export interface FundFigures {
    readonly address: string;
    readonly program: string;
    readonly mint: string;
    readonly vault: string;
    readonly authority: string;
    readonly pendingAuthority: string | undefined;
    readonly guardian: string;
    readonly decimals: number;
    readonly status: FundStatus;
    readonly windDownTs: bigint | undefined;
    /** The key that has created the fund. */
    readonly creator: string;
    readonly pause: { readonly parts: readonly Pausable[]; readonly untilTs: bigint } | undefined;
    /** The reasons that contributions can neither enter nor leave, in the order in which to mend them; empty when they can. */
    readonly blocks: readonly Block[];
    readonly members: number;
    /** The money in each layer now. */
    readonly layers: ByLayer;
    readonly margins: bigint;
    readonly contributions: bigint;
    readonly treasury: bigint;
    /** What defaulters have left, behind the sale of their lots. */
    readonly cushions: bigint;
    /** What one whole side of every market could cost, and how much of that trades may add to. */
    readonly crowding: { readonly booked: bigint; readonly limit: bigint };
    readonly rewardsComing: bigint;
    readonly recoveriesUnclaimed: bigint;
    readonly lossesOutstanding: bigint;
    readonly unfunded: bigint;
    /** The value of a share, as a ratio. */
    readonly shareValue: { readonly contributions: bigint; readonly shares: bigint };
    readonly shareEpoch: bigint;
    readonly assessmentOpen: { readonly called: bigint; readonly collected: bigint; readonly untilTs: bigint } | undefined;
    /** Cover-2: each of the two largest stress losses against what others would have to pay it with. */
    readonly exposures: readonly Exposure[];
    /** Cover-2 in one figure: the two together, and what there is for them. */
    readonly coverTwo: { readonly loss: bigint; readonly resources: bigint };
    readonly coverLimitBps: bigint;
    readonly outflow: { readonly used: bigint; readonly limit: bigint } | undefined;
    readonly defaults: bigint;
    readonly terms: FundTerms;
}

export interface Exposure {
    readonly member: string;
    readonly stressLoss: bigint;
    readonly resources: bigint;
    readonly limit: bigint;
}

/** The parameters that pages explain consequences by. */
export interface FundTerms {
    readonly noticeSecs: bigint;
    readonly claimWindowSecs: bigint;
    readonly exitDelaySlots: bigint;
    readonly exitWindowSlots: bigint;
    readonly minContribution: bigint;
    readonly assessmentCapBps: bigint;
    readonly coolingOffSecs: bigint;
    readonly callSecs: bigint;
    readonly bountyBps: bigint;
    readonly bountyCap: bigint;
    readonly graceSlots: bigint;
    readonly clearingFeeBps: bigint;
    readonly rewardShareBps: bigint;
}

export type Regime = 'neutral' | 'calm' | 'stressed';

/**
 * Why a market moves no cash: its mark is missing or old, or the last print did not become the mark.
 */
export type Silence =
    | 'never priced'
    | 'mark too old'
    | 'price too old'
    | 'price not positive'
    | 'other exponent'
    | 'feed not trading'
    | 'price uncertain';

/** Lowest and highest price. */
export interface PriceRange {
    readonly low: bigint;
    readonly high: bigint;
}

export interface Rates {
    readonly initialBps: bigint;
    readonly maintenanceBps: bigint;
    readonly contributionBps: bigint;
    readonly stressBps: bigint;
}

export interface MarketFigures {
    readonly index: number;
    readonly address: string;
    readonly symbol: string;
    readonly feed: string;
    readonly priceDecimals: number;
    readonly lotDecimals: number;
    readonly mark: bigint;
    readonly confidence: bigint;
    readonly publishedTs: bigint;
    readonly crankedSlot: bigint;
    /** Its oracle says which price came before: without that there are no offers. */
    readonly hasOffers: boolean;
    readonly silence: Silence | undefined;
    readonly isFinal: boolean;
    readonly halted: { readonly untilTs: bigint } | undefined;
    /** When the market ends, if that is known. */
    readonly endsTs: bigint | undefined;
    /** Its end is announced: it only takes trades that reduce. */
    readonly reduceOnly: boolean;
    readonly regime: Regime;
    readonly rates: Rates;
    readonly baseRates: Rates;
    readonly multiplierBps: bigint;
    /** Volatility in force and the one that the base rates are for, in hundredths of a percent a year. */
    readonly volatilityBps: bigint | undefined;
    readonly targetVolatilityBps: bigint;
    readonly bandBps: bigint;
    readonly premiumBps: bigint;
    /** Lowest and highest price in the breaker's window. */
    readonly range: PriceRange | undefined;
    /** Interval A: others judge a member at the end of it that favours the member. */
    readonly judged: PriceRange;
    readonly openInterest: bigint;
    readonly maxOpenInterest: bigint;
    readonly openNotional: bigint;
    readonly house: House | undefined;
}

/** Lots for sale. */
export interface House {
    readonly lots: bigint;
    readonly notional: bigint;
    readonly sinceSlot: bigint;
    /** The end of interval A that favours the house. */
    readonly start: bigint;
    /** The price of a lot now: {@link start} less the discount. */
    readonly price: bigint;
    readonly discountBps: bigint;
    readonly maxDiscountBps: bigint;
    readonly auctionSlots: bigint;
}

/**
 * - `taken`: a taking waits for its price;
 * - `lapsed`: a taking was not filled in time, and holds margin until somebody frees it;
 * - `void`: its maker has defaulted since, is not active, or trades by another key.
 */
export type OfferState = 'open' | 'taken' | 'lapsed' | 'expired' | 'void';

export interface OfferFigures {
    readonly address: string;
    readonly market: number;
    readonly symbol: string;
    readonly priceDecimals: number;
    readonly lotDecimals: number;
    /** The member account that offers. */
    readonly maker: string;
    /** Whether the maker sells: whoever takes the offer buys. */
    readonly sells: boolean;
    /** Lots that are left, and the fewest that a taking gets. */
    readonly lots: bigint;
    readonly fewest: bigint;
    /** Distance from the print that fills it, in favour of the maker. */
    readonly distanceBps: bigint;
    /** The worst price that the maker accepts, if there is one. */
    readonly limitPrice: bigint | undefined;
    readonly expiresTs: bigint;
    /** The wallet that alone may take it. */
    readonly onlyFor: string | undefined;
    /** The price at the present mark; none without a mark. */
    readonly price: bigint | undefined;
    readonly state: OfferState;
    readonly taking: TakingFigures | undefined;
}

/** A taking that waits for the first price after it. */
export interface TakingFigures {
    /** The member account that has taken the offer. */
    readonly taker: string;
    readonly lots: bigint;
    readonly ts: bigint;
    /** The last second in which it can be filled. */
    readonly untilTs: bigint;
    /** Margin of each side that is locked. */
    readonly locked: bigint;
    /** Whether the market has taken a price after it: then somebody can fill it, or could have. */
    readonly isPriced: boolean;
}

export type MemberStatus = 'active' | 'grace' | 'closed out';

/** The connected wallet, with its member account if it has one. */
export interface WalletFigures {
    readonly address: string;
    readonly lamports: bigint;
    readonly tokenAccount: string;
    /** None without a token account. */
    readonly tokens: bigint | undefined;
    readonly member: MemberFigures | undefined;
    readonly memberAddress: string;
}

export interface MemberFigures {
    readonly address: string;
    readonly owner: string;
    readonly delegate: string | undefined;
    readonly status: MemberStatus;
    readonly margin: bigint;
    /** Margin that is locked for offers that are taken; it counts as initial margin. */
    readonly locked: bigint;
    readonly health: Health | undefined;
    readonly positions: readonly PositionFigures[];
    /** The value of the contribution now. */
    readonly contribution: bigint;
    readonly shares: bigint;
    /** Of all contributions, in hundredths of a percent. */
    readonly partBps: bigint;
    /** Shares of an epoch that a loss has ended: worth nothing, and still to be settled. */
    readonly endedShares: bigint;
    readonly exit: Exit | undefined;
    readonly rewards: bigint;
    readonly recovery: { readonly borne: bigint; readonly claimable: bigint; readonly outstanding: bigint };
    readonly assessment: { readonly capBps: bigint; readonly most: bigint; readonly due: bigint };
    readonly call: { readonly amount: bigint; readonly dueTs: bigint } | undefined;
    /** Cushions of its defaults that are not released. */
    readonly cushions: number;
    /** Whether it is called for its stress loss. */
    readonly isStressCalled: boolean;
    readonly claim: bigint;
    readonly isEmpty: boolean;
    /** The most that each layer can take from this member. */
    readonly atRisk: ByLayer;
}

/** The distance of a member from trouble. */
export interface Health {
    readonly equity: bigint;
    readonly profit: bigint;
    readonly collateral: bigint;
    readonly initialMargin: bigint;
    readonly maintenanceMargin: bigint;
    readonly requiredContribution: bigint;
    readonly freeMargin: bigint;
    readonly isLiquidatable: boolean;
    readonly stressLoss: bigint;
    readonly stressLimit: bigint;
}

export interface PositionFigures {
    readonly market: number;
    readonly symbol: string;
    readonly lots: bigint;
    readonly lotDecimals: number;
    readonly priceDecimals: number;
    readonly mark: bigint;
    readonly notional: bigint;
    readonly profit: bigint;
    /** The price at which this market alone would bring the member to liquidation; none if no price can. */
    readonly liquidationPrice: bigint | undefined;
    readonly silent: boolean;
}

/** A request to leave, and where it stands. */
export interface Exit {
    readonly shares: bigint;
    /** At the present price of shares. */
    readonly amount: bigint;
    readonly readyTs: bigint;
    readonly closesTs: bigint;
    /** From when neither the day's outflow nor Cover-2 can stop it. */
    readonly overdueTs: bigint;
    readonly committed: { readonly paidFromTs: bigint; readonly lastTs: bigint } | undefined;
    readonly stage: 'notice' | 'window' | 'committed' | 'payable' | 'missed';
}

export type DefaultStatus = 'declared' | 'allocated';

export interface DefaultFigures {
    readonly seq: bigint;
    readonly address: string;
    readonly member: string;
    readonly status: DefaultStatus;
    readonly declaredSlot: bigint;
    readonly declaredTs: bigint;
    /** The amounts that each layer paid. */
    readonly paid: ByLayer;
    readonly shortfall: bigint;
    /** What the defaulter had left, behind the sale of its lots. */
    readonly cushion: bigint;
    readonly bounties: bigint;
    readonly repaid: bigint;
    /** Layer 4 as a part of everybody's contribution, in millionths. */
    readonly haircutPpm: bigint;
    readonly positions: readonly {
        readonly market: number;
        readonly symbol: string;
        readonly lots: bigint;
        readonly lotDecimals: number;
        readonly price: bigint;
        readonly priceDecimals: number;
    }[];
}

/** One transaction of an account's history, as far as the node remembers it. */
export interface HistoryEntry {
    readonly signature: string;
    readonly slot: bigint;
    readonly ts: bigint | undefined;
    readonly events: readonly EventText[];
}

/** An event in words. */
export interface EventText {
    readonly name: string;
    readonly text: string;
    readonly lines: readonly Line[];
    readonly isLoss: boolean;
}

/** Something that anyone may do, and that is due. */
export interface DueTask {
    readonly id: string;
    readonly kind: TaskKind;
    readonly title: string;
    readonly why: string;
    /** The most that it pays to the member account of its caller. */
    readonly pays: bigint | undefined;
    readonly task: KeeperTask;
    /** A wallet without a member account cannot do it. */
    readonly needsMember: boolean;
}

export type TaskKind = 'default' | 'liquidation' | 'loss' | 'call' | 'house' | 'taking' | 'wind-down' | 'upkeep';

/** The calls of a keeper. */
export type KeeperTask =
    | { readonly kind: 'crank'; readonly market: number }
    | { readonly kind: 'declare'; readonly member: string }
    | { readonly kind: 'liquidate'; readonly market: number; readonly member: string; readonly lots: bigint }
    | { readonly kind: 'allocate'; readonly record: string }
    | { readonly kind: 'allocate-residual' }
    | { readonly kind: 'enforce'; readonly member: string }
    | { readonly kind: 'settle'; readonly market: number; readonly member: string }
    | { readonly kind: 'settle-epoch'; readonly member: string }
    | { readonly kind: 'collect-premium'; readonly market: number }
    | { readonly kind: 'report-exposure'; readonly member: string }
    | { readonly kind: 'open-gains-cut' }
    | { readonly kind: 'register-gains'; readonly member: string }
    | { readonly kind: 'cut-gains' }
    | { readonly kind: 'fix-final-mark'; readonly market: number }
    | { readonly kind: 'close-out'; readonly member: string }
    | { readonly kind: 'pay-out'; readonly member: string }
    | { readonly kind: 'release-cushion'; readonly record: string }
    | { readonly kind: 'call-stress'; readonly member: string }
    | { readonly kind: 'close-default'; readonly record: string }
    | { readonly kind: 'fill-offer'; readonly offer: string }
    | { readonly kind: 'lapse-taking'; readonly offer: string }
    | { readonly kind: 'cancel-expired'; readonly offer: string };

/** A parameter as governance sees it. */
export interface Parameter {
    /** The owner of the parameter: the fund, or a market by index. */
    readonly scope: 'fund' | 'market' | 'oracle';
    readonly market?: number;
    readonly key: string;
    readonly label: string;
    readonly help: string;
    readonly value: Figure;
    readonly least?: Figure;
    readonly most?: Figure;
}

export interface QueuedChangeFigures {
    readonly number: bigint;
    readonly address: string;
    readonly title: string;
    /** A new market is opened by an instruction of its own. */
    readonly isMarket: boolean;
    readonly readyTs: bigint;
    readonly expiresTs: bigint;
    readonly diff: readonly Difference[];
}

/** A parameter that a change would set to something else. */
export interface Difference {
    readonly label: string;
    readonly before: Figure;
    readonly after: Figure;
}

export interface GovernanceFigures {
    readonly nonce: bigint;
    readonly parameters: readonly Parameter[];
    readonly queued: readonly QueuedChangeFigures[];
    readonly timelockSecs: bigint;
    readonly leaveSecs: bigint;
}

export type CoverKind = 'claims' | 'venue' | 'parametric';

/**
 * - `waiting`: it has not opened yet;
 * - `lapsed`: its premium was used up;
 * - `over`: its time is over. As after a lapse, claims and formulas still serve what happened before.
 */
export type CoverStatus = 'waiting' | 'active' | 'suspended' | 'lapsed' | 'over' | 'ended';

/** What anyone can do about a cover, as far as the accounts tell that it is due. */
export type CoverTask = 'accrue' | 'settle' | 'collect' | 'refund' | 'end' | 'show-gap';

/** All covers of the fund together. */
export interface CoversFigures {
    /** The most that covers can still draw, K. */
    readonly pledged: bigint;
    /** The most that they may pledge together. */
    readonly budget: bigint;
    readonly budgetBps: bigint;
    /** Treasury and contributions. */
    readonly resources: bigint;
    /** What a settlement could take now. */
    readonly there: bigint;
    /** The treasury that covers take first. */
    readonly treasuryFree: bigint;
    /** The most that covers can take from contributions, and that as a part of each share in millionths. */
    readonly fromContributions: bigint;
    readonly fromContributionsPpm: bigint;
    readonly owed: bigint;
    /** Exits are held until then, if they are. */
    readonly heldUntilTs: bigint | undefined;
    /** Seconds of holds that are left in the bucket. */
    readonly holdRoomSecs: bigint;
    readonly holdMostSecs: bigint;
    readonly covers: readonly CoverFigures[];
}

export interface CoverFigures {
    readonly index: number;
    readonly address: string;
    readonly kind: CoverKind;
    readonly status: CoverStatus;
    readonly limit: bigint;
    readonly drawn: bigint;
    readonly owed: bigint;
    readonly payable: bigint;
    /** What it can still draw. */
    readonly pledged: bigint;
    readonly perDraw: bigint;
    /** What its draws can still be owed in the present seven days. */
    readonly periodRoom: bigint;
    readonly firstLoss: bigint;
    readonly firstLossMin: bigint;
    readonly prepaid: bigint;
    readonly premiumBps: bigint;
    /** The premium that a year costs as things are. */
    readonly premiumYear: bigint;
    /** The premium is used up then, as things are; none if it outlasts the cover, or there is none to pay. */
    readonly paidUntilTs: bigint | undefined;
    readonly coinsuranceBps: bigint;
    readonly opensTs: bigint;
    readonly endsTs: bigint;
    readonly lapsedTs: bigint | undefined;
    /** It can be ended from then on. */
    readonly endableTs: bigint;
    /** What it is owed can be settled from this slot on, if it is owed something. */
    readonly settlesSlot: bigint | undefined;
    readonly drawer: string;
    readonly destination: string;
    readonly beneficiary: string;
    readonly termsHash: string;
    readonly venue: VenueFigures | undefined;
    readonly can: readonly CoverTask[];
}

/** A lending pool's cover, as its market bounds it. */
export interface VenueFigures {
    readonly market: number;
    readonly symbol: string;
    readonly priceDecimals: number;
    readonly thresholdBps: bigint;
    readonly debt: bigint;
    /** The highest price of this quarter of an hour and the one before, and the present one. */
    readonly high: bigint;
    readonly price: bigint;
    /** The most that the fall explains, and what of that was reported already. */
    readonly bound: bigint;
    readonly reported: bigint;
}

/**
 * - `alerted`: it waits for a root; `voting`: the panel votes on one; `decided`: the cover was drawn on;
 * - `open`: claims are paid; `expired`: their time is over; `rejected`, `lapsed`: it draws nothing.
 */
export type LossState = 'alerted' | 'voting' | 'decided' | 'open' | 'expired' | 'rejected' | 'lapsed';

/** What anyone can do about a loss now. */
export type LossTask = 'decide' | 'settle-bond' | 'open-claims' | 'expire';

/** A panel, and the losses of its cover that are not closed. */
export interface PanelFigures {
    readonly address: string;
    readonly cover: number;
    readonly keys: readonly string[];
    readonly quorum: number;
    readonly minBond: bigint;
    readonly perils: number;
    /** The newest first. */
    readonly losses: readonly LossFigures[];
}

export interface LossFigures {
    readonly address: string;
    readonly panel: string;
    readonly cover: number;
    readonly number: bigint;
    readonly state: LossState;
    readonly peril: number;
    readonly reporter: string;
    readonly bond: bigint;
    readonly incidentTs: bigint;
    readonly alertedTs: bigint;
    readonly postedTs: bigint | undefined;
    /** The root, or votes on it, are due until then. */
    readonly dueTs: bigint | undefined;
    /** Nobody draws before, whatever the panel has agreed on: the root is public for a day. */
    readonly reviewTs: bigint | undefined;
    readonly expiresTs: bigint | undefined;
    /** The root that is posted, in hexadecimal digits. */
    readonly root: string | undefined;
    readonly total: bigint;
    readonly leaves: number;
    readonly depth: number;
    readonly approvals: number;
    readonly rejections: number;
    readonly isVetoed: boolean;
    readonly reserved: bigint;
    readonly paid: bigint;
    readonly claimed: number;
    readonly can: readonly LossTask[];
}

/** A claim with its proof: what an instruction carries. */
export interface ProvenClaim {
    readonly loss: string;
    readonly index: number;
    readonly claimant: string;
    readonly amount: bigint;
    /** The bytes of its nodes in hexadecimal digits. */
    readonly proof: string;
    /** Whether the account exists that says which claims of its page were paid. */
    readonly hasPage: boolean;
}

/** What a file or a pasted text says about a loss. */
export type ClaimsReading =
    /** It is not the list that was posted, or no list. */
    | { readonly kind: 'problem'; readonly text: string }
    /** It is, or it proves a claim. */
    | {
          readonly kind: 'proven';
          /** Claims in the text. */
          readonly count: number;
          /** The claim of the wallet that was asked for; none without one. */
          readonly claim: ProvenClaim | undefined;
          /** What it is paid, and whether it was already. */
          readonly pay: bigint;
          readonly isPaid: boolean;
      };

/**
 * - `waiting`: its price of entry is not known; `startable`: it is, and nobody has put it in force;
 * - `in-force`, then `expired`: its price of exit is not known, or nobody has settled its day;
 * - `settled`: the cover was drawn on; `payable`: its owner can claim; `nothing`: it is paid nothing;
 * - `over`: the time for its payout is over.
 */
export type PolicyState = 'waiting' | 'startable' | 'in-force' | 'expired' | 'settled' | 'payable' | 'nothing' | 'over';

/** A book of policies, with those of the connected wallet. */
export interface BookFigures {
    readonly address: string;
    readonly cover: number;
    readonly market: number;
    readonly symbol: string;
    readonly priceDecimals: number;
    readonly terms: PolicyTerms;
    readonly minInsured: bigint;
    /** The shortest and the longest term. */
    readonly termDays: readonly [number, number];
    /** Variance of the logarithm of the market's price per second, Q16.48. */
    readonly variance: bigint;
    /** The most that all its policies pay, and what can be added to that. */
    readonly pledged: bigint;
    readonly room: bigint;
    readonly notedTs: bigint | undefined;
    /** The newest first. */
    readonly policies: readonly PolicyFigures[];
}

export interface PolicyFigures {
    readonly address: string;
    readonly book: string;
    readonly number: bigint;
    readonly insured: bigint;
    readonly premium: bigint;
    readonly most: bigint;
    readonly termDays: number;
    readonly state: PolicyState;
    /** The beginnings of the days whose mean prices count, and the end of the second one. */
    readonly entryTs: bigint;
    readonly exitTs: bigint;
    readonly settlesTs: bigint;
    readonly entryPrice: bigint | undefined;
    readonly exitPrice: bigint | undefined;
    /** What the formula pays, and its part of what was drawn. */
    readonly payout: bigint | undefined;
    readonly pay: bigint | undefined;
    readonly claimUntilTs: bigint | undefined;
}

/** Everything that the app knows of one moment of the chain. */
export interface Snapshot {
    readonly cluster: Cluster;
    readonly slot: bigint;
    readonly ts: bigint;
    /** The time of the reading, by this machine's clock. */
    readonly readAtMs: number;
    readonly fund: FundFigures;
    readonly markets: readonly MarketFigures[];
    /** Best first, on each side of each market. */
    readonly offers: readonly OfferFigures[];
    readonly wallet: WalletFigures | undefined;
    readonly defaults: readonly DefaultFigures[];
    readonly due: readonly DueTask[];
    readonly governance: GovernanceFigures;
    readonly covers: CoversFigures;
    /** Panels of covers for claims. */
    readonly panels: readonly PanelFigures[];
    /** Books of policies on impermanent loss. */
    readonly books: readonly BookFigures[];
    readonly events: readonly HistoryEntry[];
}

/** One price move and what it would do. */
export interface ShockPoint {
    /** Of every mark, in hundredths of a percent. */
    readonly moveBps: number;
    readonly defaults: number;
    readonly loss: bigint;
    readonly paid: ByLayer;
    /** Of the survivors' contributions, in millionths. */
    readonly haircutPpm: bigint;
}

/** The actions of a user. */
export type Action =
    | { readonly kind: 'join'; readonly margin: bigint; readonly contribution: bigint }
    | { readonly kind: 'deposit'; readonly amount: bigint }
    | { readonly kind: 'withdraw-margin'; readonly amount: bigint }
    | { readonly kind: 'contribute'; readonly amount: bigint }
    | { readonly kind: 'request-withdrawal'; readonly shares: bigint }
    | { readonly kind: 'cancel-withdrawal' }
    | { readonly kind: 'claim-withdrawal' }
    | { readonly kind: 'claim-rewards' }
    | { readonly kind: 'claim-recovery' }
    | { readonly kind: 'waive-recovery' }
    | { readonly kind: 'agree-assessment' }
    | { readonly kind: 'set-delegate'; readonly delegate: string | undefined }
    | { readonly kind: 'close-member' }
    | { readonly kind: 'take-over'; readonly market: number; readonly lots: bigint }
    | {
          readonly kind: 'post-offer';
          readonly market: number;
          /** Signed as the maker receives them. */
          readonly lots: bigint;
          readonly fewest: bigint;
          readonly distanceBps: bigint;
          readonly limitPrice: bigint | undefined;
          readonly expiresTs: bigint;
          readonly onlyFor: string | undefined;
      }
    | { readonly kind: 'cancel-offer'; readonly offer: string }
    | {
          readonly kind: 'take-offer';
          readonly offer: string;
          /** Signed as the taker receives them. */
          readonly lots: bigint;
          readonly limitPrice: bigint;
      }
    | { readonly kind: 'repay-default'; readonly record: string; readonly amount: bigint }
    | { readonly kind: 'keep'; readonly task: KeeperTask }
    | { readonly kind: 'queue-change'; readonly draft: ChangeDraft }
    | { readonly kind: 'apply-change'; readonly number: bigint; readonly isMarket: boolean }
    | { readonly kind: 'veto-change'; readonly number: bigint }
    | { readonly kind: 'cover'; readonly task: CoverTask; readonly cover: number }
    | { readonly kind: 'fund-cover'; readonly cover: number; readonly purse: CoverPurse; readonly amount: bigint }
    | { readonly kind: 'loss'; readonly task: LossTask; readonly loss: string }
    | { readonly kind: 'claim-cover'; readonly claim: ProvenClaim }
    | {
          readonly kind: 'buy-policy';
          readonly book: string;
          readonly insured: bigint;
          readonly termDays: number;
          readonly maxPremium: bigint;
      }
    | { readonly kind: 'start-policy'; readonly policy: string }
    | { readonly kind: 'claim-policy'; readonly policy: string };

/** Money of a cover that anyone can add to. */
export type CoverPurse = 'prepaid' | 'first-loss' | 'earned';

/** New values of parameters, as text in the parameter's unit; the others stay. */
export interface ChangeDraft {
    readonly scope: 'fund' | 'market' | 'oracle';
    readonly market?: number;
    readonly values: Readonly<Record<string, bigint>>;
}

/** The reason of a refusal, and the way out. */
export interface Problem {
    /** The program's name for it, if it is the program that refuses. */
    readonly name: string | undefined;
    readonly text: string;
    readonly advice: string;
}

/** The effects of an action, before anything is signed. */
export interface Preview {
    readonly title: string;
    /** The terms that are signed, where there is more to say than what changes at once. */
    readonly terms: readonly Line[];
    readonly changes: readonly Difference[];
    readonly consequences: readonly string[];
    readonly networkFee: bigint | undefined;
    readonly rent: bigint;
    readonly computeUnits: bigint | undefined;
    readonly instructions: readonly DecodedInstruction[];
    readonly problem: Problem | undefined;
}

/** An instruction in words, for whoever has to sign it. */
export interface DecodedInstruction {
    readonly program: string;
    readonly programName: string;
    readonly name: string;
    readonly isOurs: boolean;
    /** Whether what it does is said here. */
    readonly isKnown: boolean;
    /** What whoever signs it should know before. */
    readonly warning: string | undefined;
    readonly arguments: readonly Line[];
    readonly accounts: readonly { readonly label: string; readonly address: string; readonly role: string }[];
    /** The parameters of this fund that it would change. */
    readonly diff: readonly Difference[];
}

/** The end of an action. */
export type ActionOutcome =
    | { readonly kind: 'done'; readonly signature: string; readonly events: readonly EventText[] }
    | { readonly kind: 'declined' }
    | { readonly kind: 'refused'; readonly problem: Problem; readonly signature: string | undefined }
    | { readonly kind: 'expired'; readonly signature: string };

/** The progress of an action. */
export type ActionStep = 'building' | 'signing' | 'signed' | 'sent' | 'unreachable';

/** An instruction for a multisig to propose. */
export interface PrintedInstruction {
    /** Program, accounts and data, in the format of the command line. */
    readonly json: string;
    readonly decoded: DecodedInstruction;
    /** The proposal is dead once the fund's nonce is another. */
    readonly nonce: bigint;
    readonly lastValidSlot: bigint;
}
