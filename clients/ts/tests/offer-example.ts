import type { Address, TransactionSigner } from '@solana/kit';
import { FundClient, hasTakingLapsed, offerPrice } from 'bulkhead-client';

/** Offers 10 lots for sale, a quarter of a percent above the print and never below `least`. */
export async function sell(fund: FundClient, maker: TransactionSigner, least: bigint, expiresTs: bigint) {
    return fund.postOffer({ market: 0, maker, lots: -10n, distanceBps: 25, limitPrice: least, expiresTs });
}

/** Takes all lots of an offer, at most half a percent worse than its price at the mark. */
export async function take(fund: FundClient, offer: Address, taker: TransactionSigner) {
    const terms = await fund.offer(offer);
    const [market] = await fund.markets();
    const price = offerPrice(terms, market!.mark.price);
    const lots = -terms.lots;
    const limitPrice = lots > 0n ? (price * 1_005n) / 1_000n : (price * 995n) / 1_000n;
    return fund.takeOffer({ offer, taker, lots, limitPrice });
}

/** Fills a taking, or ends one whose thirty seconds are over: `now` is the chain's time. */
export async function finish(fund: FundClient, offer: Address, now: bigint) {
    const isLate = hasTakingLapsed(await fund.offer(offer), now);
    return isLate ? fund.lapseTaking({ offer }) : fund.fillOffer({ offer });
}
