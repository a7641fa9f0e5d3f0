/** A contributor's ledger: each deposit with its profit or loss, and what defaults took. @module */

import { Link } from 'wouter';
import { date } from '../lib/format.js';
import { readMember, type MemberLedger } from '../lib/ledger.js';
import { FromLedger, useLedger } from './ledger.js';
import { Card, Fact, Facts, Table, number } from './parts.js';
import { Money } from './text.js';

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: '2-digit' });

/** A day, which a narrow table has room for; the moment is its title. */
function Day({ ts }: { ts: bigint }) {
    const moment = new Date(Number(ts) * 1_000);
    return (
        <time dateTime={moment.toISOString()} title={date(ts)} className="nowrap">
            {DAY.format(moment)}
        </time>
    );
}

export function Contributor({ member }: { member: string }) {
    const asked = useLedger(`/v1/members/${member}`, readMember);
    return (
        <Card title="Profit and loss of my contribution" hint="Of each deposit, at what its shares are worth now. Shares that leave are those held longest.">
            <FromLedger asked={asked} what="Profit and loss since each deposit">
                {(ledger) => <Deposits ledger={ledger} />}
            </FromLedger>
        </Card>
    );
}

function Deposits({ ledger }: { ledger: MemberLedger }) {
    const { assessmentsPaid, contributed, deposits, losses, recoveriesPaid, rewardsPaid, withdrawn } = ledger;
    if (deposits.length === 0) {
        return <p className="muted">There has been no contribution.</p>;
    }
    return (
        <>
            <Table
                caption="Deposits, the latest first"
                head={['Date', number('Brought'), number('Of it still in'), number('Worth now'), number('Profit or loss')]}
            >
                {deposits.toReversed().map((deposit) => (
                    <tr key={deposit.cursor}>
                        <th scope="row">
                            <Day ts={deposit.ts} />
                        </th>
                        <td className="number">
                            <Money value={deposit.amount} />
                        </td>
                        <td className="number">
                            <Money value={deposit.costOfLeft} />
                        </td>
                        <td className="number">
                            <Money value={deposit.worth} />
                        </td>
                        <td className="number">
                            <Money value={deposit.profit} sign />
                        </td>
                    </tr>
                ))}
            </Table>
            {losses.length > 0 && (
                <Table caption="What defaults took of it, the latest first" head={['Date', 'For', number('Lost')]}>
                    {losses.toReversed().map(({ amount, seq, signature, ts }) => (
                        <tr key={signature}>
                            <th scope="row">
                                <Day ts={ts} />
                            </th>
                            <td>
                                {seq === undefined ? (
                                    'losses of the house, or left from earlier defaults'
                                ) : (
                                    <Link href={`/defaults/${seq}`}>Default {seq.toString()}</Link>
                                )}
                            </td>
                            <td className="number loss">
                                <Money value={amount} />
                            </td>
                        </tr>
                    ))}
                </Table>
            )}
            <Facts>
                <Fact label="Contributed in all">
                    <Money value={contributed} unit />
                </Fact>
                <Fact label="Paid out">
                    <Money value={withdrawn} unit />
                </Fact>
                <Fact label="Rewards paid">
                    <Money value={rewardsPaid} unit />
                </Fact>
                <Fact label="Recoveries paid">
                    <Money value={recoveriesPaid} unit />
                </Fact>
                <Fact label="Assessments paid">
                    <Money value={assessmentsPaid} unit />
                </Fact>
            </Facts>
        </>
    );
}
