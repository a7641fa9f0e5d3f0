import { Link } from 'wouter';
import type { Block, EventText, FundFigures, Layer, MarketFigures } from '../chain/model.js';
import { Cascade } from '../components/cascade.js';
import { TimeChart } from '../components/chart.js';
import { useSnapshot, useToken } from '../components/context.js';
import { FromLedger, useLedger } from '../components/ledger.js';
import { Card, Gauge, Notice, Page, Stat, Stats, Table, number } from '../components/parts.js';
import { ShockCard } from '../components/shock.js';
import { Ago, FigureText, LAYER_NAMES, Money, ShortAddress, When } from '../components/text.js';
import { compactMoney, date, decimal, percent, ratio } from '../lib/format.js';
import { readSeries } from '../lib/ledger.js';

const SERIES = '/v1/series?points=300';

export function FundPage() {
    const { fund } = useSnapshot();
    return (
        <Page title="The fund" lead={<StatusSentence fund={fund} />}>
            <Troubles fund={fund} />
            <KeyFigures fund={fund} />
            <div className="grid">
                <Waterfall fund={fund} />
                <Cover fund={fund} />
                <Card
                    title="What a price move would cost"
                    span={12}
                    hint="Computed in your browser from the members’ positions, in the program’s own arithmetic."
                >
                    <ShockCard />
                </Card>
                <div className="span-6 column">
                    <MarketsInBrief />
                    <ShareValue fund={fund} />
                </div>
                <Events />
                <Resources />
            </div>
        </Page>
    );
}

/** The state of the fund, in one sentence. */
export function StatusSentence({ fund }: { fund: FundFigures }) {
    const { decimals, name } = useToken();
    if (fund.status === 'wind-down') {
        return (
            <>
                The fund is winding down: final marks from {fund.windDownTs ? date(fund.windDownTs) : 'soon'}, then every claim gets
                the same part of what there is.
            </>
        );
    }
    if (fund.status === 'recovery') {
        return (
            <>
                A loss of {compactMoney(fund.unfunded, decimals)} {name} is more than the layers before had: no new risk until it is
                paid.
            </>
        );
    }
    if (fund.blocks.length > 0) {
        return <>A loss is being worked through: contributions can neither enter nor leave until it is done.</>;
    }
    return <>Everything runs: no loss is pending, and contributions can enter and leave.</>;
}

function Troubles({ fund }: { fund: FundFigures }) {
    return (
        <>
            {fund.pause && (
                <Notice kind="warn">
                    <strong>Paused: {fund.pause.parts.join(', ')}.</strong> It ends by itself: <When ts={fund.pause.untilTs} />.
                    Deposits of margin, reducing trades, liquidation, defaults and due withdrawals go on.
                </Notice>
            )}
            {fund.blocks.map((block) => (
                <Notice key={block.kind} kind={block.kind === 'unfunded' ? 'loss' : 'warn'} action={<Link href="/keeper">What is due</Link>}>
                    <BlockText block={block} isEnding={fund.status === 'wind-down'} />
                </Notice>
            ))}
            {fund.assessmentOpen && (
                <Notice kind="warn">
                    <strong>
                        <Money value={fund.assessmentOpen.called} unit /> are called from survivors
                    </strong>
                    , of which <Money value={fund.assessmentOpen.collected} /> are paid. Open until{' '}
                    <When ts={fund.assessmentOpen.untilTs} />.
                </Notice>
            )}
        </>
    );
}

function BlockText({ block, isEnding }: { block: Block; isEnding: boolean }) {
    switch (block.kind) {
        case 'default-open':
            return (
                <>
                    <strong>{block.count === 1 ? 'A default is' : `${block.count} defaults are`} declared and not allocated.</strong> Anyone
                    can run the waterfall for it.
                </>
            );
        case 'unfunded':
            return (
                <>
                    <strong>
                        <Money value={block.amount} unit /> of losses are paid by nobody yet.
                    </strong>{' '}
                    {isEnding ? 'No layer is left to pay them: they lower what every claim gets.' : 'Layers 3 to 6 pay them in their order.'}
                </>
            );
        case 'grace':
            return (
                <>
                    <strong>{block.count === 1 ? 'A member is' : `${block.count} members are`} in grace:</strong> equity below zero, and a
                    little time to top up.
                </>
            );
        case 'watch':
            return (
                <>
                    <strong>{block.count === 1 ? 'A member is' : `${block.count} members are`} watched:</strong> it owes more than its
                    contribution at the marks, and nobody leaves until its default can be declared.
                </>
            );
        case 'house':
            return (
                <>
                    <strong>The house holds a defaulter’s lots</strong> in {block.count === 1 ? 'one market' : `${block.count} markets`} and
                    sells them at a discount that grows.
                </>
            );
        case 'cover-owed':
            return (
                <>
                    <strong>
                        Covers are owed <Money value={block.amount} unit />
                    </strong>{' '}
                    for losses of others. Anyone can settle them once clearing waits for nothing.
                </>
            );
        case 'cover-hold':
            return (
                <>
                    <strong>A cover holds exits</strong> because of a loss that is not decided, until <When ts={block.untilTs} />.
                </>
            );
    }
}

/** What a share is worth, in millionths of the price at which the first of an epoch are sold: 2^20 shares a unit. Zero without shares. */
function shareMicro({ shareValue: { contributions, shares } }: FundFigures): bigint {
    return shares === 0n ? 0n : (contributions * (1n << 20n) * 1_000_000n) / shares;
}

/** The same as people read it, cut towards zero. */
const shareText = (micro: bigint) => decimal(micro, 6, 4);

function KeyFigures({ fund }: { fund: FundFigures }) {
    const micro = shareMicro(fund);
    return (
        <Stats>
            <Stat label="Contributions" value={<Money value={fund.contributions} unit />} note="the default fund" />
            <Stat label="Treasury" value={<Money value={fund.treasury} unit />} note="pays before them" />
            <Stat label="Margins" value={<Money value={fund.margins} unit />} note="each member’s own" />
            <Stat label="Members" value={fund.members} note={fund.defaults === 1n ? 'one default so far' : `${fund.defaults} defaults so far`} />
            <Stat
                label="Value of a share"
                value={micro === 0n ? '–' : shareText(micro)}
                note={`epoch ${fund.shareEpoch}; 1 is before any loss`}
            />
            <Stat
                label="Rewards on their way"
                value={<Money value={fund.rewardsComing} unit />}
                note="reach shares little by little"
            />
        </Stats>
    );
}

const MUTUAL: readonly Layer[] = ['treasury', 'survivors', 'assessments', 'gains'];
const PAID: readonly Layer[] = ['margin', 'contribution', 'treasury', 'survivors', 'unpaid'];

function Waterfall({ fund }: { fund: FundFigures }) {
    const { defaults } = useSnapshot();
    const last = defaults.find(({ status }) => status === 'allocated');
    return (
        <Card
            title="Who pays, in which order"
            span={7}
            hint="A default takes the defaulter’s own margin and contribution first, layers 1 and 2. What is left is paid from here, from the top."
        >
            <Cascade amounts={fund.layers} layers={MUTUAL} caption="Money in the mutual layers now" column="Now" />
            <p className="muted small">
                {LAYER_NAMES.assessments} are called only when contributions are gone, up to the cap each member has agreed to.{' '}
                {LAYER_NAMES.gains} come last before a wind-down, and only from unsettled profit. A survivor’s initial margin never
                pays for others.
            </p>
            {last ? (
                <>
                    <h3>
                        The last one: <Link href={`/defaults/${last.seq}`}>default {last.seq.toString()}</Link>{' '}
                        <span className="muted">
                            <Ago ts={last.declaredTs} />
                        </span>
                    </h3>
                    <Cascade
                        amounts={last.paid}
                        layers={PAID}
                        caption={`Who paid for default ${last.seq}`}
                        column="Paid"
                    />
                </>
            ) : (
                <p className="muted small">{defaults.length > 0 ? 'The last default is not allocated yet.' : 'There has been no default yet.'}</p>
            )}
        </Card>
    );
}

function Cover({ fund }: { fund: FundFigures }) {
    const { coverTwo } = fund;
    return (
        <Card
            title="If the two largest default together"
            span={5}
            hint="Cover-2: the stress losses of the two most exposed members beyond their own collateral, against treasury and the others’ contributions."
        >
            <Stats>
                <Stat label="Their stress losses" value={<Money value={coverTwo.loss} unit />} />
                <Stat
                    label="Of what is there for it"
                    value={ratio(coverTwo.loss, coverTwo.resources)}
                    note={<Money value={coverTwo.resources} unit />}
                />
            </Stats>
            <Gauge label="Cover-2" value={coverTwo.loss} limit={coverTwo.resources} />
            {fund.exposures.length === 0 ? (
                <p className="muted">No member endangers more than its own collateral.</p>
            ) : (
                <Table caption="The two largest exposures" head={['Member', number('Stress loss'), number('Its limit'), number('Used')]}>
                    {fund.exposures.map(({ limit, member, stressLoss }) => (
                        <tr key={member}>
                            <th scope="row">
                                <ShortAddress value={member} />
                            </th>
                            <td className="number">
                                <Money value={stressLoss} />
                            </td>
                            <td className="number">
                                <Money value={limit} />
                            </td>
                            <td className="number">{ratio(stressLoss, limit)}</td>
                        </tr>
                    ))}
                </Table>
            )}
            <p className="muted small">
                No trade may bring a member above {percent(fund.coverLimitBps)} of the mutual resources without its own part.
            </p>
            {fund.crowding.limit > 0n && (
                <>
                    <h3>If a whole side of every market defaulted</h3>
                    <Gauge label="Crowding" value={fund.crowding.booked} limit={fund.crowding.limit} />
                    <p className="muted small">
                        It would cost up to <Money value={fund.crowding.booked} unit />, {ratio(fund.crowding.booked, fund.contributions + fund.treasury)} of
                        treasury and contributions. Trades that add risk stop at <Money value={fund.crowding.limit} unit />.
                    </p>
                </>
            )}
            {fund.outflow && (
                <>
                    <h3>What may leave today</h3>
                    <Gauge label="Outflow" value={fund.outflow.used} limit={fund.outflow.limit} />
                    <p className="muted small">
                        <Money value={fund.outflow.used} /> of <Money value={fund.outflow.limit} unit /> are used. Whoever has waited for half
                        of the claim window leaves in any case.
                    </p>
                </>
            )}
        </Card>
    );
}

/** The prefunded money of layers 2 to 4, over time. */
function Resources() {
    const asked = useLedger(SERIES, readSeries);
    const { fund, ts: now } = useSnapshot();
    const { decimals } = useToken();
    if (!asked) return null;
    return (
        <Card title="The mutual money over time" span={12}>
            <FromLedger asked={asked} what="A series over time">
                {(points) => (
                    <TimeChart
                        caption="Treasury, contributions and cushions"
                        times={[...points.map(({ ts }) => ts), now]}
                        format={(value) => compactMoney(value, decimals)}
                        stacked
                        series={[
                            { label: 'Treasury', className: 'layer-treasury', values: [...points, fund].map(({ treasury }) => treasury) },
                            { label: 'Contributions', className: 'layer-survivors', values: [...points, fund].map(({ contributions }) => contributions) },
                            { label: 'Cushions of defaulters', className: 'layer-contribution', values: [...points, fund].map(({ cushions }) => cushions) },
                        ]}
                    />
                )}
            </FromLedger>
        </Card>
    );
}

export function MarketState({ market }: { market: MarketFigures }) {
    if (market.isFinal) return <span className="tag">final</span>;
    if (market.halted) return <span className="tag warn">halted</span>;
    if (market.reduceOnly) return <span className="tag warn">reduce only</span>;
    if (market.silence && market.silence !== 'mark too old') {
        return <span className="tag warn">no fresh price</span>;
    }
    return <span className="tag">open</span>;
}

function MarketsInBrief() {
    const { markets } = useSnapshot();
    return (
        <Card title="Regimes and breakers" aside={<Link href="/markets">All markets</Link>}>
            <Table
                caption="Regime and breaker of each market"
                head={['Market', 'Regime', number('Volatility', 'wide-only'), number('Initial margin'), 'State']}
            >
                {markets.slice(0, 12).map((market) => (
                    <tr key={market.index}>
                        <th scope="row">
                            <Link href={`/markets/${market.index}`}>{market.symbol}</Link>
                        </th>
                        <td>
                            <span className={market.regime === 'stressed' ? 'tag warn' : 'tag'}>{market.regime}</span>
                        </td>
                        <td className="number wide-only">
                            {market.volatilityBps === undefined ? '–' : percent((market.volatilityBps / 100n) * 100n)}
                        </td>
                        <td className="number">{percent(market.rates.initialBps)}</td>
                        <td>
                            <MarketState market={market} />
                        </td>
                    </tr>
                ))}
            </Table>
        </Card>
    );
}

function Events() {
    const { events } = useSnapshot();
    const told = events.filter(({ events: some }) => some.length > 0).slice(0, 8);
    return (
        <Card title="Latest events" span={6} hint="As far as the node remembers them.">
            {told.length === 0 ? (
                <p className="muted">The node tells of none.</p>
            ) : (
                <ul className="plain events">
                    {told.map(({ events: some, signature, slot, ts }) => (
                        <li key={signature}>
                            <span className="when">{ts === undefined ? `slot ${slot}` : <Ago ts={ts} />}</span>
                            <span>
                                {some.slice(0, 3).map((event, index) => (
                                    <EventLine key={`${event.name}-${index}`} event={event} />
                                ))}
                                {some.length > 3 && <span className="muted">and {some.length - 3} more.</span>}
                            </span>
                        </li>
                    ))}
                </ul>
            )}
        </Card>
    );
}

/** The fields of an event that interest at a glance. */
const TOLD: ReadonlySet<string> = new Set(['Size', 'Price', 'Amount', 'Shortfall', 'Residual', 'Market', 'Paid']);

function EventLine({ event: { isLoss, lines, text } }: { event: EventText }) {
    // A size says by itself of what it is.
    const named = lines.some(({ figure }) => figure.unit === 'lots');
    const told = lines.filter(({ label }) => TOLD.has(label) && !(named && label === 'Market')).slice(0, 3);
    return (
        <span className={isLoss ? 'loss' : undefined}>
            {text}{' '}
            {told.map(({ figure, label }) => (
                <span key={label} className="muted figure">
                    {label.toLowerCase()} <FigureText figure={figure} />{' '}
                </span>
            ))}
        </span>
    );
}

function ShareValue({ fund }: { fund: FundFigures }) {
    const asked = useLedger(SERIES, readSeries);
    const { ts: now } = useSnapshot();
    return (
        <Card title="Value of a share over time" hint={asked && 'Final transactions by the minute, from the ledger; the end is what the chain says now.'}>
            <FromLedger asked={asked} what="A series over time">
                {(points) => (
                    <TimeChart
                        caption="Value of a share"
                        times={[...points.map(({ ts }) => ts), now]}
                        format={shareText}
                        fromZero={false}
                        series={[
                            {
                                label: 'Value of a share; 1 is before any loss',
                                className: 'series-accent',
                                values: [...points.map(({ shareValueMicro }) => shareValueMicro), shareMicro(fund)].map((micro) => micro || undefined),
                            },
                        ]}
                    />
                )}
            </FromLedger>
            <p className="small muted">
                A haircut takes the same part of every share. Losses that members bore and that have not come back:{' '}
                <Money value={fund.lossesOutstanding} unit />.
            </p>
        </Card>
    );
}
