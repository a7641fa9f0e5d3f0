import { Link } from 'wouter';
import { useSnapshot } from '../components/context.js';
import { Card, Page, Table, number } from '../components/parts.js';
import { Ago, Lots, Money } from '../components/text.js';
import { percent, price } from '../lib/format.js';
import { MarketState } from './fund.js';

export function MarketsPage() {
    const { markets } = useSnapshot();
    return (
        <Page
            title="Markets"
            lead="Contracts on a price, between members. Bulkhead is the counterparty of each; the marks come from an oracle, and every action brings a newer one along."
        >
            <Card title="All markets">
                <Table
                    caption="Markets with price, rates and open interest"
                    className="stacked"
                    head={[
                        'Market',
                        number('Mark'),
                        'State',
                        number('± confidence', 'wide-only'),
                        'Published',
                        number('Initial'),
                        number('Maintenance'),
                        number('Open interest'),
                        'House',
                    ]}
                >
                    {markets.map((market) => (
                        <tr key={market.index}>
                            <th scope="row">
                                <Link href={`/markets/${market.index}`}>{market.symbol}</Link>
                            </th>
                            <td className="number" data-column="Mark">{price(market.mark, market.priceDecimals)}</td>
                            <td data-column="State">
                                <MarketState market={market} />
                            </td>
                            <td className="number wide-only">{price(market.confidence, market.priceDecimals, market.mark)}</td>
                            <td data-column="Published">{market.publishedTs > 0n ? <Ago past ts={market.publishedTs} /> : 'never'}</td>
                            <td className="number" data-column="Initial">{percent(market.rates.initialBps)}</td>
                            <td className="number" data-column="Maintenance">{percent(market.rates.maintenanceBps)}</td>
                            <td className="number" data-column="Open interest">
                                <Money value={market.openNotional} />
                            </td>
                            <td data-column="House">
                                {market.house ? (
                                    <Link href={`/markets/${market.index}`}>
                                        sells <Lots value={market.house.lots} decimals={market.lotDecimals} symbol={market.symbol} />
                                    </Link>
                                ) : (
                                    <span className="muted">flat</span>
                                )}
                            </td>
                        </tr>
                    ))}
                </Table>
            </Card>
        </Page>
    );
}
