import { useSnapshot, useToken } from '../components/context.js';
import { TimeChart } from '../components/chart.js';
import { FromLedger, useLedger, useLedgerUrl } from '../components/ledger.js';
import { Card, NeedsLedger, Notice, Page, Table, number } from '../components/parts.js';
import { ShockCurve } from '../components/shock.js';
import { paidOf } from '../components/story.js';
import { Ago, Money, ShortAddress, When } from '../components/text.js';
import { Link } from 'wouter';
import type { Layer, ShockPoint } from '../chain/model.js';
import { compactMoney, exact, percent } from '../lib/format.js';
import {
    covered,
    queryOf,
    readAudit,
    readReport,
    readRisk,
    readSeries,
    readStatus,
    type Exceedance,
    type LedgerDefault,
    type Report,
    type ReportFigure,
    type Shocked,
} from '../lib/ledger.js';

/** The audit is made at most once a minute. */
const AUDIT_EVERY_MS = 60_000;
const ALL: readonly Layer[] = ['contribution', 'treasury', 'survivors', 'unpaid'];

export function RiskPage() {
    const base = useLedgerUrl();
    return (
        <Page
            title="Risk report"
            lead="The figures that clearing houses publish about themselves, made by the fund’s ledger from its events and accounts. Numbers in the column Field are those of the public quantitative disclosures."
        >
            {base === undefined ? (
                <Card title="There is no ledger">
                    <NeedsLedger what="The risk report" />
                    <p className="muted small">
                        A ledger keeps every event of the fund. Name one in the <Link href="/settings">settings</Link>, or run your own.
                    </p>
                </Card>
            ) : (
                <WithLedger base={base} />
            )}
        </Page>
    );
}

function WithLedger({ base }: { base: string }) {
    const asked = useLedger('/v1/report', readReport);
    return (
        <>
            <State base={base} />
            <FromLedger asked={asked} what="The risk report">
                {(report) => <Figures base={base} report={report} />}
            </FromLedger>
        </>
    );
}

/** How far the ledger has come, whether the audit agrees, and where the report is for machines. */
function State({ base }: { base: string }) {
    const status = useLedger('/v1/status', readStatus);
    const audit = useLedger('/v1/audit', readAudit, AUDIT_EVERY_MS);
    return (
        <>
            {status?.value?.trouble && (
                <Notice kind="warn">
                    <strong>The ledger is not well:</strong> {status.value.trouble}
                </Notice>
            )}
            <Card title="Whether it is all accounted for" hint="Every bucket and every member, recomputed from events alone and compared with the accounts, to the unit.">
                <FromLedger asked={audit} what="The audit">
                    {({ difference, events, good, members, slot, transactions }) =>
                        good ? (
                            <p>
                                <strong className="good">It is.</strong> {exact(events, 0)} events of {exact(transactions, 0)} transactions make the fund
                                and {exact(members, 0)} members what they are in slot {exact(slot, 0)}.
                            </p>
                        ) : (
                            <p>
                                <strong className="loss">It is not.</strong> {difference ?? 'Events are missing.'}
                            </p>
                        )
                    }
                </FromLedger>
                <p className="muted small">
                    {status?.value && (
                        <>
                            The ledger has come to slot {exact(status.value.slot, 0)}, <Ago ts={status.value.ts} />.{' '}
                        </>
                    )}
                    For machines: <a href={queryOf(base, '/v1/report')}>the report as JSON</a>,{' '}
                    <a href={queryOf(base, '/v1/report.csv')}>as CSV</a>, <a href={queryOf(base, '/v1/events?format=csv')}>events as CSV</a>,{' '}
                    <a href={queryOf(base, '/openapi.json')}>the API</a>.
                </p>
            </Card>
        </>
    );
}

/** The sections of the report: the beginnings of the ids of their figures. */
const SECTIONS = [
    ['Resources of the waterfall', ['resources', 'residual']],
    ['Cover', ['cover', 'crowding']],
    ['Margin', ['margin_', 'top']],
    ['Losses', ['defaults', 'uncovered']],
] as const;

/** The market of a figure, if it is a market's: its id ends in the market's number. */
const marketOf = ({ id }: ReportFigure): number | undefined => {
    const [, index] = /_bps_(\d+)$|_observations_(\d+)$|_exceedances_(\d+)$/.exec(id)?.filter(Boolean) ?? [];
    return index === undefined ? undefined : Number(index);
};

function Figures({ base, report }: { base: string; report: Report }) {
    const ofFund = report.figures.filter((figure) => marketOf(figure) === undefined);
    const known = SECTIONS.map(([title, starts]) => ({
        title,
        figures: starts.flatMap((start) => ofFund.filter(({ id }) => id.startsWith(start))),
    }));
    // A figure that a newer ledger has added is shown too.
    const shown = new Set(known.flatMap(({ figures }) => figures));
    const others = ofFund.filter((figure) => !shown.has(figure));
    return (
        <>
            {known.map(({ figures, title }) => (
                <Card key={title} title={title}>
                    <FigureTable base={base} caption={title} figures={figures} />
                    {title === 'Resources of the waterfall' && <ResourcesChart />}
                    {title === 'Cover' && <CoverChart />}
                    {title === 'Margin' && <MarginChart />}
                    {title === 'Losses' && <Log defaults={report.defaults} />}
                </Card>
            ))}
            {others.length > 0 && (
                <Card title="More">
                    <FigureTable base={base} caption="More" figures={others} />
                </Card>
            )}
            <Markets base={base} report={report} />
            <Card title="What a price move would cost" hint="All marks moved at once, before anybody is liquidated. What is beyond contributions is for assessments and gains cuts.">
                {report.shock.length === 0 ? <p className="muted">The ledger has no reading yet.</p> : <ShockCurve points={report.shock.map(pointOf)} layers={ALL} />}
            </Card>
        </>
    );
}

const pointOf = ({ beyond, byDefaulters, bySurvivors, byTreasury, defaults, haircutBps, moveBps, shortfall }: Shocked): ShockPoint => ({
    moveBps,
    defaults,
    loss: shortfall,
    paid: { contribution: byDefaulters, treasury: byTreasury, survivors: bySurvivors, unpaid: beyond },
    haircutPpm: haircutBps * 100n,
});

/** A value with its unit. */
function Value({ figure: { unit, value } }: { figure: ReportFigure }) {
    if (value === undefined) return <span className="muted">none yet</span>;
    if (unit === 'base units') return <Money value={value} unit />;
    if (unit === 'basis points') return <>{percent(value)}</>;
    return (
        <>
            {exact(value, 0)}
            {unit !== 'defaults' && <span className="unit">{value === 1n ? unit.replace(/s$/, '') : unit}</span>}
        </>
    );
}

/** The name of the page with a formula. */
const pageName = (formula: string) => formula.replace(/^docs\//, '').replace(/\.md$/, '').replaceAll('_', ' ');

function Formula({ base, figure: { formula } }: { base: string; figure: ReportFigure }) {
    return <a href={queryOf(base, `/${formula}`)}>{pageName(formula)}</a>;
}

/** Where a figure comes from: columns that a narrow page puts under its name. */
const ORIGIN = ['Field', 'Slot', 'Formula'].map((label) => number(label, 'wide-only'));

function Origin({ base, figure }: { base: string; figure: ReportFigure }) {
    return (
        <>
            <td className="number wide-only">{figure.disclosure}</td>
            <td className="number wide-only">{exact(figure.slot, 0)}</td>
            <td className="number wide-only">
                <Formula base={base} figure={figure} />
            </td>
        </>
    );
}

/** A figure's name and what it means. */
function Named({ base, figure }: { base: string; figure: ReportFigure }) {
    return (
        <>
            {figure.title}
            <br />
            <span className="muted small plain-weight">
                {figure.definition}{' '}
                <span className="narrow-only">
                    Field {figure.disclosure}, slot {exact(figure.slot, 0)}, <Formula base={base} figure={figure} />.
                </span>
            </span>
        </>
    );
}

function FigureTable({ base, caption, figures }: { base: string; caption: string; figures: readonly ReportFigure[] }) {
    return (
        <Table caption={caption} className="report" head={['Figure', number('Value'), ...ORIGIN]}>
            {figures.map((figure) => (
                <tr key={figure.id}>
                    <th scope="row">
                        <Named base={base} figure={figure} />
                    </th>
                    <td className="number">
                        <Value figure={figure} />
                    </td>
                    <Origin base={base} figure={figure} />
                </tr>
            ))}
        </Table>
    );
}

/** Rates, backtest and uptime: a row a figure, a column a market. */
function Markets({ base, report }: { base: string; report: Report }) {
    const { markets } = useSnapshot();
    const figures = report.figures.filter((figure) => marketOf(figure) !== undefined);
    const indices = [...new Set(figures.map((figure) => marketOf(figure) ?? 0))].toSorted((a, b) => a - b);
    const symbol = (index: number) => markets.find((market) => market.index === index)?.symbol ?? `Market ${index}`;
    const first = figures.filter((figure) => marketOf(figure) === indices[0]);
    if (indices.length === 0) return null;
    return (
        <Card title="Markets: rates in force, backtest, uptime of prices">
            <Table
                caption="Figures of each market"
                className="report"
                head={['Figure', ...indices.map((index) => number(symbol(index))), ...ORIGIN]}
            >
                {first.map((one) => {
                    const start = one.id.slice(0, one.id.lastIndexOf('_') + 1);
                    return (
                        <tr key={one.id}>
                            <th scope="row">
                                <Named base={base} figure={one} />
                            </th>
                            {indices.map((index) => {
                                const figure = figures.find(({ id }) => id === `${start}${index}`);
                                return (
                                    <td key={index} className="number">
                                        {figure ? <Value figure={figure} /> : '–'}
                                    </td>
                                );
                            })}
                            <Origin base={base} figure={one} />
                        </tr>
                    );
                })}
            </Table>
            <Exceedances exceedances={report.exceedances} symbol={symbol} />
        </Card>
    );
}

/** Hours that are listed; the others are in the report as JSON. */
const HOURS = 50;

function Exceedances({ exceedances, symbol }: { exceedances: readonly Exceedance[]; symbol: (index: number) => string }) {
    if (exceedances.length === 0) {
        return <p className="muted small">No price has moved by more than initial margin within an hour.</p>;
    }
    return (
        <>
            <h3>Hours in which a price moved by more than initial margin</h3>
            <Table caption="Exceedances, the latest first" head={['Hour until', 'Market', number('Moved'), number('Initial margin')]}>
                {exceedances
                    .toSorted((a, b) => Number(b.ts - a.ts))
                    .slice(0, HOURS)
                    .map(({ initialBps, market, movedBps, ts }) => (
                        <tr key={`${market}-${ts}`}>
                            <th scope="row">
                                <When ts={ts} />
                            </th>
                            <td>{symbol(market)}</td>
                            <td className="number loss">{percent(movedBps)}</td>
                            <td className="number">{percent(initialBps)}</td>
                        </tr>
                    ))}
            </Table>
        </>
    );
}

function Log({ defaults }: { defaults: readonly LedgerDefault[] }) {
    if (defaults.length === 0) {
        return <p className="muted small">There has been no default.</p>;
    }
    return (
        <>
            <h3>Log of defaults</h3>
            <Table
                caption="Log of defaults, the latest first"
                head={['Default', 'Declared', 'Member', number('Loss'), number('Defaulter'), number('Treasury'), number('Survivors'), number('Unpaid then'), number('Paid back')]}
            >
                {defaults.toReversed().map((entry) => {
                    const paid = paidOf(entry);
                    return (
                        <tr key={entry.seq.toString()}>
                            <th scope="row">
                                <Link href={`/defaults/${entry.seq}`}>Default {entry.seq.toString()}</Link>
                            </th>
                            <td>
                                <Ago ts={entry.ts} />
                            </td>
                            <td>
                                <ShortAddress value={entry.member} />
                            </td>
                            <td className="number">
                                <Money value={entry.fromMargin + entry.shortfall} />
                            </td>
                            <td className="number">
                                <Money value={entry.fromMargin + entry.byDefaulter} />
                            </td>
                            <td className="number">
                                <Money value={paid.treasury ?? 0n} />
                            </td>
                            <td className="number">
                                <Money value={paid.survivors ?? 0n} />
                            </td>
                            <td className="number">
                                <Money value={entry.residual} />
                            </td>
                            <td className="number">
                                <Money value={entry.repaid} />
                            </td>
                        </tr>
                    );
                })}
            </Table>
        </>
    );
}

function ResourcesChart() {
    const asked = useLedger('/v1/series?points=300', readSeries);
    const { decimals } = useToken();
    return (
        <FromLedger asked={asked} what="A series over time">
            {(points) => (
                <TimeChart
                    caption="Treasury, contributions and cushions over time"
                    times={points.map(({ ts }) => ts)}
                    format={(value) => compactMoney(value, decimals)}
                    stacked
                    series={[
                        { label: 'Treasury', className: 'layer-treasury', values: points.map(({ treasury }) => treasury) },
                        { label: 'Contributions', className: 'layer-survivors', values: points.map(({ contributions }) => contributions) },
                        { label: 'Cushions of defaulters', className: 'layer-contribution', values: points.map(({ cushions }) => cushions) },
                    ]}
                />
            )}
        </FromLedger>
    );
}

const RISK = '/v1/risk/series?points=300';
/** A cover beyond this is drawn as this: a fund with nearly no risk would flatten the rest. */
const MOST_COVER_BPS = 100_000n;

function CoverChart() {
    const asked = useLedger(RISK, readRisk);
    return (
        <FromLedger asked={asked} what="A series over time">
            {(points) => {
                const cover = (count: number) =>
                    points.map((point) => {
                        const bps = covered(point, count);
                        return bps !== undefined && bps > MOST_COVER_BPS ? MOST_COVER_BPS : bps;
                    });
                return (
                    <TimeChart
                        caption="Cover-1 and Cover-2 over time; 100% covers the loss once, and more than 1,000% is drawn as that"
                        times={points.map(({ ts }) => ts)}
                        format={(value) => percent((value / 100n) * 100n)}
                        series={[
                            { label: 'Cover-1', className: 'series-quiet', values: cover(1) },
                            { label: 'Cover-2', className: 'series-accent', values: cover(2) },
                            { label: 'Covered once', className: 'series-limit', values: points.map(() => 10_000n) },
                        ]}
                    />
                );
            }}
        </FromLedger>
    );
}

function MarginChart() {
    const asked = useLedger(RISK, readRisk);
    const { decimals } = useToken();
    return (
        <FromLedger asked={asked} what="A series over time">
            {(points) => (
                <TimeChart
                    caption="Margin required and held over time"
                    times={points.map(({ ts }) => ts)}
                    format={(value) => compactMoney(value, decimals)}
                    series={[
                        { label: 'Held', className: 'series-quiet', values: points.map(({ marginHeld }) => marginHeld) },
                        { label: 'Initial margin required', className: 'series-accent', values: points.map(({ marginRequired }) => marginRequired) },
                    ]}
                />
            )}
        </FromLedger>
    );
}
