import type { DefaultFigures } from '../model.js';
import { symbolOf } from './market.js';
import { PPM, type Raw } from './raw.js';

/** The fund's defaults that have a record, the latest first. */
export function defaultFigures({ markets, records }: Raw): DefaultFigures[] {
    return records
        .toSorted((a, b) => (a.data.seq < b.data.seq ? 1 : -1))
        .map(({ address, data: record }) => ({
            seq: record.seq,
            address,
            member: record.member,
            status: record.status === 0 ? 'declared' : 'allocated',
            declaredSlot: record.declaredSlot,
            declaredTs: record.declaredTs,
            paid: {
                margin: record.fromMargin,
                // Its claim, rewards and recoveries are set off against the loss before its contribution pays.
                contribution: record.fromClaim + record.fromRewards + record.fromRecoveries + record.fromContribution,
                treasury: record.fromTreasury,
                survivors: record.fromSurvivors + record.fromCushions,
                // Before the waterfall has run, everything beyond the defaulter’s own is still to be paid.
                unpaid: record.status === 0 ? record.unfunded : record.residual,
            },
            shortfall: record.shortfall,
            cushion: record.cushion,
            bounties: record.bounties,
            repaid: record.repaid,
            haircutPpm:
                record.contributionsBefore === 0n ? 0n : (record.fromSurvivors * PPM) / record.contributionsBefore,
            positions: record.positions.slice(0, record.positionsLen).flatMap(({ lots, market: index, price }) => {
                const market = markets[index];
                return market
                    ? {
                          market: index,
                          symbol: symbolOf(market),
                          lots,
                          lotDecimals: market.lotDecimals,
                          price,
                          priceDecimals: market.priceDecimals,
                      }
                    : [];
            }),
        }));
}
