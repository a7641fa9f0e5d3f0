/** Leaving the default fund: a timeline with dates, and what may put them off. @module */

import { useState } from 'react';
import type { Block, Exit, FundTerms, MemberFigures } from '../chain/model.js';
import { exact, slotsDuration } from '../lib/format.js';
import { ActionButton } from './action.js';
import { useChainTime, useSnapshot, useToken } from './context.js';
import { amountOr0, MoneyField, readAmount } from './field.js';
import { Card, Notice } from './parts.js';
import { Money, When } from './text.js';

export function Leaving({ member }: { member: MemberFigures }) {
    const { fund } = useSnapshot();
    return (
        <Card
            title="Leaving"
            span={12}
            hint="Your shares stay at risk, and earn, until they are paid."
        >
            {member.exit ? <Running exit={member.exit} /> : <Request member={member} />}
            {fund.blocks.length > 0 && member.shares > 0n && (
                <Notice kind="warn">
                    <strong>Nobody can leave just now:</strong> {blocksText(fund.blocks)}. Until that is dealt with, notices and windows stand
                    still: nobody loses time by it. The dates are those if exits were open from now on.
                </Notice>
            )}
        </Card>
    );
}

export function blocksText(blocks: readonly Block[]): string {
    const texts: Readonly<Record<Block['kind'], string>> = {
        'default-open': 'a default is not allocated',
        unfunded: 'a loss is not paid',
        grace: 'a member is in its grace period',
        watch: 'a market is watched for a posted price',
        house: 'the house holds lots for sale',
        'cover-owed': 'a cover is owed money',
        'cover-hold': 'a cover holds exits because of a loss that is not decided',
    };
    return blocks.map(({ kind }) => texts[kind]).join(', ');
}

function Request({ member }: { member: MemberFigures }) {
    const { fund } = useSnapshot();
    const { ts } = useChainTime();
    const { decimals } = useToken();
    const [text, setText] = useState('');
    const amount = readAmount(text, decimals, member.contribution, 'your contribution is worth');
    const value = amountOr0(amount);
    const { terms } = fund;
    const readyTs = ts + terms.noticeSecs;
    if (member.shares === 0n) {
        return <p className="muted">You have no contribution to take out.</p>;
    }
    return (
        <div className="grid">
            <div className="span-6 stack">
                <MoneyField
                    label="Take out"
                    text={text}
                    amount={amount}
                    most={member.contribution}
                    hint="At the price of shares now; they are paid at the price then."
                    onChange={setText}
                />
                <div>
                    <ActionButton
                        action={{ kind: 'request-withdrawal', shares: sharesFor(value, member) }}
                        disabled={value === 0n}
                        onDone={() => setText('')}
                    >
                        Give notice
                    </ActionButton>
                </div>
            </div>
            <div className="span-6">
                <h3>If you gave notice now</h3>
                <Steps
                    terms={terms}
                    readyTs={readyTs}
                    closesTs={readyTs + terms.claimWindowSecs}
                    overdueTs={readyTs + terms.claimWindowSecs / 2n}
                    stage={undefined}
                    committed={undefined}
                />
            </div>
        </div>
    );
}

/** Shares that are worth an amount now: all of them for all of it, so that no dust stays. */
export function sharesFor(amount: bigint, { contribution, shares }: Pick<MemberFigures, 'contribution' | 'shares'>): bigint {
    if (amount >= contribution) {
        return shares;
    }
    return contribution === 0n ? 0n : (shares * amount) / contribution;
}

function Running({ exit }: { exit: Exit }) {
    const { fund } = useSnapshot();
    const isBlocked = fund.blocks.length > 0;
    const twoCalls = fund.terms.exitDelaySlots > 0n;
    return (
        <div className="grid">
            <div className="span-6 stack">
                <p>
                    <strong>
                        <Money value={exit.amount} unit />
                    </strong>{' '}
                    on notice, at the price of shares now.
                </p>
                <p>{isBlocked && exit.stage === 'notice' ? 'The notice stands still while exits are blocked.' : STAGE_TEXTS[exit.stage]}</p>
                <div className="row">
                    {exit.stage !== 'missed' && (
                        <ActionButton
                            primary
                            action={{ kind: 'claim-withdrawal' }}
                            disabled={isBlocked || (exit.stage !== 'window' && exit.stage !== 'payable')}
                        >
                            {twoCalls && !exit.committed ? 'Commit to leaving' : 'Take the payment'}
                        </ActionButton>
                    )}
                    <ActionButton action={{ kind: 'cancel-withdrawal' }}>Take the notice back</ActionButton>
                </div>
            </div>
            <div className="span-6">
                <Steps {...exit} terms={fund.terms} />
            </div>
        </div>
    );
}

const STAGE_TEXTS: Readonly<Record<Exit['stage'], string>> = {
    notice: 'The notice runs.',
    window: 'The notice is over: you can claim.',
    committed: 'You have committed to leaving. The delay before the payment runs: whatever default was declarable when you chose to leave can still be declared.',
    payable: 'The payment is ready: take it now, the commitment is good for about a minute.',
    missed: 'The window or the commitment was missed: the request is void. Take it back and give notice again.',
};

function Steps({
    closesTs,
    committed,
    overdueTs,
    readyTs,
    stage,
    terms,
}: {
    terms: FundTerms;
    readyTs: bigint;
    closesTs: bigint;
    overdueTs: bigint;
    stage: Exit['stage'] | undefined;
    committed: Exit['committed'];
}) {
    const { ts } = useChainTime();
    const twoCalls = terms.exitDelaySlots > 0n;
    const isPast = (moment: bigint) => (stage !== undefined && ts >= moment ? 'done' : '');
    const commitTs = committed?.paidFromTs;
    return (
        <ol className="timeline">
            <li className={stage === 'notice' ? 'now' : isPast(readyTs)}>
                Notice, until <When ts={readyTs} />
            </li>
            <li className={stage === 'window' ? 'now' : committed ? 'done' : ''}>
                {twoCalls ? 'Commit' : 'Claim'}, before <When ts={closesTs} />
                <br />
                <span className="small muted">
                    The day’s outflow and Cover-2 may put it off, at the latest until <When ts={overdueTs} />. A pending loss puts it off as long
                    as it lasts.
                </span>
            </li>
            {twoCalls && (
                <li className={stage === 'committed' ? 'now' : stage === 'payable' ? 'done' : ''}>
                    Wait {exact(terms.exitDelaySlots, 0)} slots, {slotsDuration(terms.exitDelaySlots)}
                    {commitTs !== undefined && stage === 'committed' && (
                        <>
                            {' '}
                            until <When ts={commitTs} />
                        </>
                    )}
                </li>
            )}
            <li className={stage === 'payable' ? 'now' : ''}>
                Payment{twoCalls && `, within ${exact(terms.exitWindowSlots, 0)} slots, ${slotsDuration(terms.exitWindowSlots)}`}
            </li>
        </ol>
    );
}
