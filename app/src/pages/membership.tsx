import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { Action, MemberFigures, WalletFigures } from '../chain/model.js';
import { ActionButton } from '../components/action.js';
import { useChainTime, useIsLive, useServices, useSnapshot, useToken, useWallet } from '../components/context.js';
import { amountOr0, MoneyField, readAmount, type Amount } from '../components/field.js';
import { Contributor } from '../components/contributor.js';
import { Leaving } from '../components/leaving.js';
import { MyOffers } from '../components/offers.js';
import { Card, Fact, Facts, Gauge, Notice, Page, Stat, Stats, Table, number } from '../components/parts.js';
import { Address, LayerName, Lots, Money, When } from '../components/text.js';
import { BurnerNote, WalletOffers } from '../components/wallet-menu.js';
import { isAddress } from '../lib/address.js';
import { date, duration, percent, price, ratio, sol } from '../lib/format.js';

/** The box to tick before the first contribution. */
const AGREEMENT = {
    text: 'I understand that a contribution pays for the defaults of others, that I can lose all of it, and when I can take it out again.',
};

/** Below this a wallet cannot pay fees and rent. */
const LEAST_LAMPORTS = 20_000_000n;

export function MembershipPage() {
    const { wallet } = useSnapshot();
    const { connected } = useWallet();
    if (!connected) {
        return (
            <Page
                title="My membership"
                lead="Margin is your own money behind your own positions. A contribution stands behind everybody’s, and earns a part of the fees for it."
            >
                <div className="grid">
                    <Card title="Connect a wallet" span={6}>
                        <WalletOffers />
                    </Card>
                    <Card title="What you would join" span={6}>
                        <Terms />
                    </Card>
                </div>
            </Page>
        );
    }
    if (!wallet || wallet.address !== connected.address) {
        return (
            <Page title="My membership">
                <p role="status">Reading the wallet’s accounts…</p>
            </Page>
        );
    }
    return wallet.member ? <Member wallet={wallet} member={wallet.member} /> : <Join wallet={wallet} />;
}

/** The terms of a membership, with this fund's figures. */
function Terms() {
    const { fund } = useSnapshot();
    const { terms } = fund;
    return (
        <ul className="bullets">
            <li>
                <strong>Margin</strong> pays for your own losses only. What your positions do not need can be withdrawn at any time.
            </li>
            <li>
                <strong>A contribution</strong> can lose any part of its value to the defaults of others. Members with positions contribute at
                least <Money value={terms.minContribution} unit />.
            </li>
            <li>
                <strong>It leaves</strong> after a notice of {duration(terms.noticeSecs)}, within a window of{' '}
                {duration(terms.claimWindowSecs)}, and not while a loss is pending.
            </li>
            {terms.assessmentCapBps > 0n && (
                <li>
                    <strong>Assessments:</strong> if a loss takes all contributions, you can be asked for up to {percent(terms.assessmentCapBps)}{' '}
                    of what yours was worth, once in {duration(terms.coolingOffSecs)}, from margin above your initial margin.
                </li>
            )}
            <li>
                <strong>You earn</strong> {percent(terms.rewardShareBps)} of the clearing fees and premiums, shared by contributions.
            </li>
        </ul>
    );
}

function Faucet() {
    const { chain } = useServices();
    const { cluster, wallet } = useSnapshot();
    const { name } = useToken();
    const [state, setState] = useState<'ready' | 'running' | { readonly problem: string }>('ready');
    if (cluster.name !== 'local' || !wallet) {
        return null;
    }
    return (
        <div className="row">
            <button
                type="button"
                disabled={state === 'running'}
                onClick={() => {
                    setState('running');
                    chain.ask('faucet', { wallet: wallet.address }).then(
                        () => setState('ready'),
                        (error: unknown) => setState({ problem: error instanceof Error ? error.message : String(error) }),
                    );
                }}
            >
                {state === 'running' ? 'The faucet runs…' : `Get 25,000 ${name} for testing`}
            </button>
            <span className="muted small" role="status">
                {typeof state === 'object' ? state.problem : 'Local networks have a faucet.'}
            </span>
        </div>
    );
}

function WalletLine({ wallet }: { wallet: WalletFigures }) {
    return (
        <p className="muted">
            Your wallet holds {wallet.tokens === undefined ? 'no token account of this fund’s token' : <Money value={wallet.tokens} unit />} and{' '}
            {sol(wallet.lamports)}.
        </p>
    );
}

/** Notices about the wallet that stand above everything. */
function WalletNotices({ wallet }: { wallet: WalletFigures }) {
    const { connected } = useWallet();
    const isEmpty = (wallet.tokens ?? 0n) === 0n && !wallet.member;
    return (
        <>
            {connected?.isBurner && <BurnerNote />}
            {wallet.lamports < LEAST_LAMPORTS && (
                <Notice kind="warn" action={<Faucet />}>
                    <strong>The wallet has too little SOL</strong> for the network’s fees and the rent of accounts.
                </Notice>
            )}
            {wallet.lamports >= LEAST_LAMPORTS && isEmpty && (
                <Notice kind="warn" action={<Faucet />}>
                    <strong>The wallet has none of the fund’s token.</strong> Margin and contributions are paid in it.
                </Notice>
            )}
        </>
    );
}

/** Open, deposit and contribute: one transaction. */
function Join({ wallet }: { wallet: WalletFigures }) {
    const { fund } = useSnapshot();
    const { decimals } = useToken();
    const [marginText, setMarginText] = useState('');
    const [contributionText, setContributionText] = useState('');
    const tokens = wallet.tokens ?? 0n;
    const margin = readAmount(marginText, decimals, tokens, 'your wallet holds');
    const left = tokens - amountOr0(margin);
    const contribution = readAmount(contributionText, decimals, left, 'is left in your wallet');
    const isBlocked = fund.blocks.length > 0 || fund.status === 'wind-down';
    const isReady = isFine(margin) && isFine(contribution);
    const action: Action = { kind: 'join', margin: amountOr0(margin), contribution: amountOr0(contribution) };
    return (
        <Page title="My membership" lead="This wallet is not a member yet. One transaction opens its account, deposits margin and contributes.">
            <WalletNotices wallet={wallet} />
            {isBlocked && (
                <Notice kind="warn">
                    <strong>Contributions cannot enter just now,</strong> because a loss is pending. You can open the account and deposit margin.
                </Notice>
            )}
            <div className="grid">
                <Card title="Become a member" span={6}>
                    <WalletLine wallet={wallet} />
                    <MoneyField
                        label="Margin"
                        text={marginText}
                        amount={margin}
                        hint="Yours, for your own positions. Leave it empty to contribute only."
                        onChange={setMarginText}
                    />
                    <MoneyField
                        label="Contribution"
                        text={contributionText}
                        amount={contribution}
                        hint={
                            <>
                                Mutual money: it can be lost. At least <Money value={fund.terms.minContribution} /> before you can hold positions.
                            </>
                        }
                        onChange={setContributionText}
                    />
                    {action.contribution > 0n && <Dates />}
                    <div className="row">
                        <ActionButton
                            primary
                            action={action}
                            disabled={!isReady}
                            agreement={action.contribution > 0n ? AGREEMENT : undefined}
                        >
                            See what it does
                        </ActionButton>
                    </div>
                </Card>
                <Card title="What you join" span={6}>
                    <Terms />
                </Card>
            </div>
        </Page>
    );
}

const isFine = (amount: Amount) => amount.kind !== 'problem';

/** The dates on which a contribution of now could leave. */
function Dates() {
    const { fund } = useSnapshot();
    const { ts } = useChainTime();
    const ready = ts + fund.terms.noticeSecs;
    return (
        <p className="small muted">
            If you gave notice right afterwards, you could take it out from {date(ready)} until {date(ready + fund.terms.claimWindowSecs)}.
        </p>
    );
}

function Member({ member, wallet }: { wallet: WalletFigures; member: MemberFigures }) {
    const { health } = member;
    return (
        <Page
            title="My membership"
            lead={
                <>
                    Member account <Address value={member.address} />
                </>
            }
        >
            <WalletNotices wallet={wallet} />
            <MemberNotices member={member} />
            <Stats>
                <Stat label="Margin" value={<Money value={member.margin} unit />} note="your own" />
                {health && member.positions.length > 0 && (
                    <Stat
                        label="Equity"
                        value={<Money value={health.equity} unit />}
                        note={
                            <>
                                with <Money value={health.profit} sign /> unsettled
                            </>
                        }
                    />
                )}
                {health && (
                    <Stat
                        label="Free to withdraw" 
                        value={<Money value={health.freeMargin} unit />}
                        note={
                            member.locked > 0n ? (
                                <>
                                    less <Money value={member.locked} unit /> locked for offers that are taken
                                </>
                            ) : (
                                'above initial margin, while the price is fresh'
                            )
                        }
                    />
                )}
                <Stat
                    label="Contribution"
                    value={<Money value={member.contribution} unit />}
                    note={`${percent(member.partBps)} of the fund`}
                />
                <Stat label="Rewards" value={<Money value={member.rewards} unit />} note="to claim" />
                {member.recovery.borne > 0n && (
                    <Stat label="Losses borne" value={<Money value={-member.recovery.borne} unit />} note="and not paid back" />
                )}
            </Stats>
            <div className="grid">
                <MoneyCard member={member} wallet={wallet} />
                <AtRisk member={member} />
                <Contributor member={wallet.memberAddress} />
                <Positions member={member} />
                <MyOffers member={member} />
                <Leaving member={member} />
                <Due member={member} />
                <Access member={member} />
            </div>
        </Page>
    );
}

function MemberNotices({ member }: { member: MemberFigures }) {
    const { fund } = useSnapshot();
    return (
        <>
            {member.status === 'grace' && (
                <Notice kind="loss">
                    <strong>Your equity was seen below zero.</strong> Deposit margin now: after a grace of {fund.terms.graceSlots.toString()} slots
                    anyone can declare your default.
                </Notice>
            )}
            {member.cushions > 0 && (
                <Notice kind="warn">
                    <strong>A cushion of yours is not given back.</strong> What your default left of your contribution stands behind the sale of
                    your lots. You can leave when the house has sold them and somebody has released it.
                </Notice>
            )}
            {member.isStressCalled && (
                <Notice kind="warn">
                    <strong>You endanger more than the cover limit admits.</strong> You can only reduce; after a time others take lots of yours.
                    Deposit margin, or reduce.
                </Notice>
            )}
            {fund.status === 'wind-down' && member.status !== 'closed out' && (
                <Notice kind="warn">
                    <strong>The fund is winding down.</strong> At the final marks, {fund.windDownTs ? <When ts={fund.windDownTs} /> : 'soon'}, anyone
                    closes your positions: a net loss is paid from your margin, and a net gain becomes a claim, of which everybody gets the same
                    part. Your margin above initial margin can leave now, and the rest afterwards.
                </Notice>
            )}
            {member.status === 'closed out' && (
                <Notice kind="warn">
                    <strong>Your positions were closed at the final marks.</strong> Your claim is <Money value={member.claim} unit />; it is paid
                    when everybody is closed out.
                </Notice>
            )}
            {member.health?.isLiquidatable && member.status === 'active' && (
                <Notice kind="loss">
                    <strong>You are below maintenance margin.</strong> Anyone can take over lots of yours for a bonus, at the
                    price of the last seconds that favours you. Deposit margin to stop it.
                </Notice>
            )}
            {member.call && (
                <Notice kind="warn">
                    <strong>
                        You are called to contribute <Money value={member.call.amount} unit />.
                    </strong>{' '}
                    Otherwise margin above your initial margin becomes contribution, from <When ts={member.call.dueTs} />.
                </Notice>
            )}
            {member.assessment.due > 0n && (
                <Notice kind="loss">
                    <strong>
                        You owe an assessment of <Money value={member.assessment.due} unit />.
                    </strong>{' '}
                    It is collected from margin above your initial margin
                    {fund.assessmentOpen && (
                        <>
                            , until <When ts={fund.assessmentOpen.untilTs} />
                        </>
                    )}
                    .
                </Notice>
            )}
            {member.endedShares > 0n && (
                <Notice
                    kind="loss"
                    action={
                        <ActionButton action={{ kind: 'keep', task: { kind: 'settle-epoch', member: member.address } }}>
                            Settle the epoch
                        </ActionButton>
                    }
                >
                    <strong>A loss took all contributions while you held shares.</strong> They are worth nothing. What they had earned, and what
                    comes back, stays yours: settle the ended epoch first.
                </Notice>
            )}
        </>
    );
}

/** Three small forms for money in and out. */
function MoneyCard({ member, wallet }: { wallet: WalletFigures; member: MemberFigures }) {
    const { fund } = useSnapshot();
    const free = member.health?.freeMargin ?? 0n;
    const isBlocked = fund.blocks.length > 0 || fund.status === 'wind-down';
    const isFirst = member.shares === 0n;
    return (
        <Card title="Money in and out" span={6}>
            <WalletLine wallet={wallet} />
            <MoneyForm
                label="Deposit margin"
                most={wallet.tokens ?? 0n}
                mostText="your wallet holds"
                action={(amount) => ({ kind: 'deposit', amount })}
            />
            <MoneyForm
                label="Withdraw margin"
                most={free < member.margin ? free : member.margin}
                mostText="is free"
                hint={
                    member.locked > 0n ? (
                        <>
                            Down to your initial margin, and <Money value={member.locked} unit /> that an offer holds until it is filled or freed.
                        </>
                    ) : (
                        'Down to your initial margin.'
                    )
                }
                action={(amount) => ({ kind: 'withdraw-margin', amount })}
            />
            <MoneyForm
                label="Contribute"
                most={wallet.tokens ?? 0n}
                mostText="your wallet holds"
                hint={
                    fund.status === 'wind-down'
                        ? 'Not any more: the fund is winding down.'
                        : isBlocked
                          ? 'Not while a loss is pending: nobody inherits a loss that was there before.'
                          : undefined
                }
                disabled={isBlocked}
                agreement={isFirst}
                action={(amount) => ({ kind: 'contribute', amount })}
            />
        </Card>
    );
}

function MoneyForm({
    action,
    agreement = false,
    disabled = false,
    hint,
    label,
    most,
    mostText,
}: {
    label: string;
    most: bigint;
    mostText: string;
    hint?: ReactNode;
    disabled?: boolean;
    agreement?: boolean;
    action: (amount: bigint) => Action;
}) {
    const { decimals } = useToken();
    const isLive = useIsLive();
    const [text, setText] = useState('');
    const amount = readAmount(text, decimals, most, mostText);
    const value = amountOr0(amount);
    return (
        <MoneyField label={label} text={text} amount={amount} most={most} hint={hint} onChange={setText}>
            <ActionButton
                action={action(value)}
                disabled={disabled || value === 0n || !isLive}
                agreement={agreement ? AGREEMENT : undefined}
                onDone={() => setText('')}
            >
                {label}
            </ActionButton>
        </MoneyField>
    );
}

function AtRisk({ member }: { member: MemberFigures }) {
    const { atRisk } = member;
    const rows = [
        ['margin', 'Your own losses only.', atRisk.margin],
        ['survivors', 'Any default of others, after its own money and the treasury: pro rata with all contributions.', atRisk.survivors],
        ['assessments', 'Only when all contributions are gone, from margin above your initial margin.', atRisk.assessments],
        ['gains', 'Only what is not settled, last before a wind-down.', atRisk.gains],
    ] as const;
    return (
        <Card title="What I can lose" span={6} hint="At most, in each layer, as of now.">
            <Table caption="The most that each layer can take from you" head={['Layer', number('At most')]}>
                {rows.map(([layer, when, amount]) => (
                    <tr key={layer}>
                        <th scope="row">
                            {layer === 'margin' ? (
                                <>
                                    <span className="layer-key layer-margin" aria-hidden="true" />
                                    Your margin
                                </>
                            ) : (
                                <LayerName layer={layer} />
                            )}
                            <br />
                            <span className="muted small plain-weight">{when}</span>
                        </th>
                        <td className="number">
                            <Money value={amount ?? 0n} />
                        </td>
                    </tr>
                ))}
            </Table>
        </Card>
    );
}

function Positions({ member }: { member: MemberFigures }) {
    const { health, positions } = member;
    if (positions.length === 0) {
        return (
            <Card title="Positions" span={12}>
                <p className="muted">
                    None. Positions come from trades with other members, by <Link href="/markets">offers</Link> or signed together, and from the
                    house’s auctions.
                </p>
            </Card>
        );
    }
    return (
        <Card title="Positions and health" span={12}>
            {health ? (
                <>
                    <Stats>
                        <Stat label="Collateral" value={<Money value={health.collateral} unit />} note="margin less losses at adverse marks, or less what has not vested" />
                        <Stat label="Initial margin" value={<Money value={health.initialMargin} unit />} note="to add risk or withdraw" />
                        <Stat
                            label="Maintenance margin"
                            value={<Money value={health.maintenanceMargin} unit />}
                            note={`equity is ${ratio(health.equity, health.maintenanceMargin)} of it`}
                        />
                        <Stat
                            label="Required contribution"
                            value={<Money value={health.requiredContribution} unit />}
                            note={member.contribution >= health.requiredContribution ? 'met' : 'not met: you can be called'}
                        />
                        <Stat
                            label="Stress loss"
                            value={<Money value={health.stressLoss} unit />}
                            note={`${ratio(health.stressLoss, health.stressLimit)} of your limit`}
                        />
                    </Stats>
                    <h3>How much of your equity maintenance margin takes</h3>
                    <Gauge label="Maintenance margin, of equity" value={health.maintenanceMargin} limit={health.equity > 0n ? health.equity : 0n} />
                </>
            ) : (
                <Notice kind="warn">A market you hold has no price yet: your requirements cannot be computed.</Notice>
            )}
            <Table
                caption="Positions"
                className="stacked"
                head={['Market', number('Size'), number('Mark'), number('Notional'), number('Unsettled'), number('Liquidation at'), number('Distance')]}
            >
                {positions.map((position) => (
                    <tr key={position.market}>
                        <th scope="row">
                            <Link href={`/markets/${position.market}`}>{position.symbol}</Link>{' '}
                            <span className="tag">{position.lots < 0n ? 'short' : position.lots > 0n ? 'long' : 'to settle'}</span>{' '}
                            {position.silent && <span className="tag warn">no fresh price</span>}
                        </th>
                        <td className="number" data-column="Size">
                            <span>
                                <Lots value={position.lots} decimals={position.lotDecimals} symbol={position.symbol} />
                            </span>
                        </td>
                        <td className="number" data-column="Mark">{price(position.mark, position.priceDecimals)}</td>
                        <td className="number" data-column="Notional">
                            <Money value={position.notional} />
                        </td>
                        <td className="number" data-column="Unsettled">
                            <Money value={position.profit} sign />
                        </td>
                        <td className="number" data-column="Liquidation at">
                            {position.liquidationPrice === undefined ? 'at no price' : price(position.liquidationPrice, position.priceDecimals)}
                        </td>
                        <td className="number" data-column="Distance">
                            {position.liquidationPrice === undefined || position.mark === 0n
                                ? '–'
                                : ratio(position.liquidationPrice - position.mark, position.mark)}
                        </td>
                    </tr>
                ))}
            </Table>
            <p className="muted small">
                The liquidation price of a market is the one at which it alone would bring you below maintenance margin, while all other prices
                stay. Premiums not taken yet are not in it.
            </p>
        </Card>
    );
}

function Due({ member }: { member: MemberFigures }) {
    const { recovery, rewards } = member;
    return (
        <Card title="Due to me" span={6}>
            <Facts>
                <Fact label="Rewards">
                    <Money value={rewards} unit />
                </Fact>
                <Fact label="Come back after losses">
                    <Money value={recovery.claimable} unit />
                </Fact>
                <Fact label="Losses still out">
                    <Money value={recovery.outstanding} unit />
                </Fact>
                <Fact label="Agreed assessments">
                    {percent(member.assessment.capBps)} of a contribution, now at most <Money value={member.assessment.most} unit />
                </Fact>
            </Facts>
            <div className="row">
                <ActionButton action={{ kind: 'claim-rewards' }} disabled={rewards === 0n}>
                    Claim rewards
                </ActionButton>
                <ActionButton action={{ kind: 'claim-recovery' }} disabled={recovery.claimable === 0n}>
                    Claim recoveries
                </ActionButton>
                <AgreeButton member={member} />
            </div>
            <details>
                <summary>What no rule can spare you</summary>
                <ul className="small">
                    <li>A gain that is not settled counts in a gains cut however old it is, a settled one for two vesting periods.</li>
                    <li>A gain vests with time, also one against an account of your own whose loss is not settled.</li>
                    <li>What comes back after a wind-down has paid its first claim belongs to all who ever bore a loss.</li>
                </ul>
            </details>
            {recovery.outstanding > 0n && (
                <details>
                    <summary>Give up what has not come back</summary>
                    <div className="stack">
                        <p className="small">
                            An account with losses that have not come back stays open. Giving them up lets you close it; what comes back later
                            then goes to the others.
                        </p>
                        <div>
                            <ActionButton action={{ kind: 'waive-recovery' }}>
                                Give up <Money value={recovery.outstanding} unit />
                            </ActionButton>
                        </div>
                    </div>
                </details>
            )}
        </Card>
    );
}

function AgreeButton({ member }: { member: MemberFigures }) {
    const { fund } = useSnapshot();
    const inForce = fund.terms.assessmentCapBps;
    return inForce === member.assessment.capBps ? null : (
        <ActionButton action={{ kind: 'agree-assessment' }}>Agree to a cap of {percent(inForce)}</ActionButton>
    );
}

function Access({ member }: { member: MemberFigures }) {
    const [text, setText] = useState('');
    const isKey = isAddress(text.trim());
    return (
        <Card title="Who may trade, and closing the account" span={6}>
            <Facts>
                <Fact label="Delegate">{member.delegate ? <Address value={member.delegate} /> : 'nobody but you'}</Fact>
            </Facts>
            <details>
                <summary>Let another key trade</summary>
                <div className="stack">
                    <div className="field">
                        <label htmlFor="delegate">Address of the delegate</label>
                        <input
                            id="delegate"
                            type="text"
                            autoComplete="off"
                            spellCheck={false}
                            value={text}
                            aria-invalid={text !== '' && !isKey}
                            aria-describedby="delegate-hint"
                            onChange={(event) => setText(event.target.value)}
                        />
                        <span id="delegate-hint">
                            {text !== '' && !isKey && (
                                <span className="problem" role="alert">
                                    This is not an address.{' '}
                                </span>
                            )}
                            <span className="hint">
                                It trades with your margin, at the mark or better, and can lose it. It can never withdraw.
                            </span>
                        </span>
                    </div>
                    <div className="row">
                        <ActionButton
                            action={{ kind: 'set-delegate', delegate: text.trim() }}
                            disabled={!isKey}
                            onDone={() => setText('')}
                        >
                            Set the delegate
                        </ActionButton>
                        {member.delegate && (
                            <ActionButton action={{ kind: 'set-delegate', delegate: undefined }}>Remove the delegate</ActionButton>
                        )}
                    </div>
                </div>
            </details>
            <div className="stack">
                <p className="small muted">
                    {member.isEmpty
                        ? 'The account is empty: closing it gives its rent back.'
                        : 'The account can be closed when margin, contribution, rewards, recoveries and positions are out of it.'}
                </p>
                <div>
                    <ActionButton action={{ kind: 'close-member' }} disabled={!member.isEmpty}>
                        Close the account
                    </ActionButton>
                </div>
            </div>
        </Card>
    );
}
