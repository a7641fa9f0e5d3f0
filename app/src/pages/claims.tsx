import { useEffect, useId, useRef, useState } from 'react';
import { Link } from 'wouter';
import type { ClaimsReading, LossFigures, LossState, LossTask, PanelFigures } from '../chain/model.js';
import { ActionButton } from '../components/action.js';
import { useServices, useSnapshot, useWallet } from '../components/context.js';
import { Card, Fact, Facts, Gauge, Notice, Page } from '../components/parts.js';
import { Address, Money, ShortAddress, When } from '../components/text.js';
import { exact, ratio } from '../lib/format.js';

const STATES: Readonly<Record<LossState, { readonly label: string; readonly tag: string; readonly text: string }>> = {
    alerted: { label: 'waits for a list', tag: 'tag warn', text: 'The loss was reported with a bond, and exits are held. The list of what everybody has lost is due.' },
    voting: { label: 'the panel votes', tag: 'tag warn', text: 'The list was posted. The panel votes on it, and everybody can recompute it.' },
    decided: { label: 'decided', tag: 'tag strong', text: 'The panel has approved the list, and the cover was drawn on. Claims open when the cover owes nothing more.' },
    open: { label: 'claims are open', tag: 'tag strong', text: 'Everybody in the list can claim.' },
    expired: { label: 'over', tag: 'tag', text: 'The time for claims is over. What was left has gone back to those who have borne losses.' },
    rejected: { label: 'rejected', tag: 'tag loss', text: 'The panel has not approved it. Its bond goes to the contributors, who were held for it.' },
    lapsed: { label: 'lapsed', tag: 'tag', text: 'It was approved, and nobody has drawn in time. The bond goes back.' },
};

const TASKS: Readonly<Record<LossTask, { readonly label: string; readonly why: string }>> = {
    decide: { label: 'Decide', why: 'It can be decided now: an approved list draws on the cover, anything else is rejected.' },
    'open-claims': { label: 'Open the claims', why: 'The cover owes nothing more: what all claims share can be fixed.' },
    expire: { label: 'End the claims', why: 'The 90 days are over: what is left goes back to the fund.' },
    'settle-bond': { label: 'Settle the bond', why: 'The loss is decided: its bond can be paid.' },
};

export function ClaimsPage() {
    const { panels } = useSnapshot();
    const losses = panels.flatMap((panel) => panel.losses.map((loss) => ({ loss, panel })));
    return (
        <Page
            title="Claims"
            lead="Losses of what covers stand for, from the alert to the last claim. A list says who has lost what; its root is on chain, and nobody is paid without a proof."
        >
            {losses.length === 0 ? (
                <Card title="Losses">
                    <p className="muted">
                        {panels.length === 0
                            ? 'No cover of this fund is decided by a panel, so there are no claims.'
                            : 'No loss was reported. A cover’s beneficiary or the guardian reports one, with a bond.'}{' '}
                        <Link href="/covers">To the covers</Link>
                    </p>
                </Card>
            ) : (
                losses.map(({ loss, panel }) => <Loss key={loss.address} loss={loss} panel={panel} />)
            )}
            {panels.map((panel) => (
                <Panel key={panel.address} panel={panel} />
            ))}
        </Page>
    );
}

function Loss({ loss, panel }: { loss: LossFigures; panel: PanelFigures }) {
    const { label, tag, text } = STATES[loss.state];
    const isPaying = loss.state === 'open' || loss.state === 'expired';
    return (
        <Card
            title={`Loss ${loss.number} of cover ${loss.cover}`}
            aside={<span className={tag}>{label}</span>}
            hint={text}
        >
            <div className="grid">
                <div className="span-6 stack">
                    <Facts>
                        <Fact label="Happened"><When past ts={loss.incidentTs} /></Fact>
                        <Fact label="Reported"><When past ts={loss.alertedTs} /></Fact>
                        {loss.postedTs !== undefined && <Fact label="List posted"><When past ts={loss.postedTs} /></Fact>}
                        {loss.reviewTs !== undefined && <Fact label="Drawn at the earliest"><When ts={loss.reviewTs} /></Fact>}
                        {loss.dueTs !== undefined && (
                            <Fact label={loss.state === 'voting' ? 'Votes until' : 'List due by'}><When ts={loss.dueTs} /></Fact>
                        )}
                        {loss.expiresTs !== undefined && <Fact label="Claims until"><When ts={loss.expiresTs} /></Fact>}
                        <Fact label="Votes">
                            {loss.approvals} for, {loss.rejections} against;{' '}
                            <span className="muted">
                                a list needs {panel.quorum} of {panel.keys.length} keys{loss.isVetoed && '; the guardian has sent one list back'}
                            </span>
                        </Fact>
                        <Fact label="Bond">{loss.bond > 0n ? <Money value={loss.bond} unit /> : 'settled'}</Fact>
                    </Facts>
                    {loss.can.length > 0 && <Tasks loss={loss} />}
                </div>
                <div className="span-6 stack">
                    {loss.root === undefined ? (
                        <p className="muted">There is no list yet.</p>
                    ) : (
                        <Facts>
                            <Fact label="Lost in all"><Money value={loss.total} unit /></Fact>
                            <Fact label="Claims">{exact(BigInt(loss.leaves), 0)}</Fact>
                            {isPaying && (
                                <>
                                    <Fact label="Shared by all">
                                        <Money value={loss.reserved} unit />{' '}
                                        <span className="muted">
                                            {loss.reserved < loss.total ? `${ratio(loss.reserved, loss.total)} of each loss` : 'all of each loss'}
                                        </span>
                                    </Fact>
                                    <Fact label="Paid">
                                        <Money value={loss.paid} unit /> <span className="muted">to {loss.claimed} of {loss.leaves}</span>
                                    </Fact>
                                </>
                            )}
                            <Fact label="Root"><Address value={loss.root} /></Fact>
                            <Fact label="Account"><Address value={loss.address} /></Fact>
                        </Facts>
                    )}
                    {isPaying && <Gauge label="Paid, of what is reserved" value={loss.paid} limit={loss.reserved} />}
                </div>
            </div>
            {loss.root !== undefined && loss.state !== 'expired' && <Claim loss={loss} />}
        </Card>
    );
}

function Tasks({ loss: { address, can, number } }: { loss: LossFigures }) {
    return (
        <ul className="tasks plain" aria-label={`Loss ${number}: what anyone can do`}>
            {can.map((task) => (
                <li key={task}>
                    <span className="small">{TASKS[task].why}</span>
                    <span className="do">
                        <ActionButton action={{ kind: 'loss', task, loss: address }}>{TASKS[task].label}</ActionButton>
                    </span>
                </li>
            ))}
        </ul>
    );
}

type Reading = { readonly kind: 'none' } | { readonly kind: 'busy' } | ClaimsReading | { readonly kind: 'failed'; readonly text: string };

/** A claimant's part: the file or the proof is read by this browser alone. */
function Claim({ loss }: { loss: LossFigures }) {
    const { chain } = useServices();
    const { connected } = useWallet();
    const [text, setText] = useState('');
    const [reading, setReading] = useState<Reading>({ kind: 'none' });
    const [isStale, setStale] = useState(false);
    const id = useId();
    const file = useRef<HTMLInputElement>(null);
    const wallet = connected?.address;

    useEffect(() => {
        if (text.trim() === '') {
            setReading({ kind: 'none' });
            return undefined;
        }
        let isCurrent = true;
        setReading({ kind: 'busy' });
        const ask = { loss: loss.address, text, wallet };
        chain
            .ask('claims', ask)
            .then((answer) => isCurrent && setReading(answer))
            .catch((error: unknown) => isCurrent && setReading({ kind: 'failed', text: error instanceof Error ? error.message : String(error) }));
        return () => {
            isCurrent = false;
        };
    }, [chain, loss.address, loss.root, loss.state, isStale, text, wallet]);

    const load = async (chosen: File | undefined) => {
        if (chosen) setText(await chosen.text());
    };
    return (
        <section className="stack" aria-label={`Claim on loss ${loss.number}`}>
            <h3>Find your claim</h3>
            <p className="small muted">
                Choose the published list (CSV or JSON), or paste it, or paste a proof. Your browser recomputes the tree and compares its
                root with the one on chain; nothing is sent anywhere.
            </p>
            <div className="field">
                <label htmlFor={`${id}-file`}>The list as a file</label>
                <input
                    id={`${id}-file`}
                    ref={file}
                    type="file"
                    accept=".csv,.json,text/csv,application/json"
                    onChange={(event) => void load(event.target.files?.[0])}
                />
            </div>
            <div className="field">
                <label htmlFor={`${id}-text`}>Or the list or a proof as text</label>
                <textarea
                    id={`${id}-text`}
                    rows={4}
                    spellCheck={false}
                    value={text.length > 20_000 ? `${text.slice(0, 20_000)}\n…` : text}
                    readOnly={text.length > 20_000}
                    onChange={(event) => setText(event.target.value)}
                />
                {text !== '' && (
                    <button
                        type="button"
                        className="quiet inline"
                        onClick={() => {
                            setText('');
                            if (file.current) file.current.value = '';
                        }}
                    >
                        Clear it
                    </button>
                )}
            </div>
            <Result loss={loss} reading={reading} onClaimed={() => setStale(!isStale)} />
        </section>
    );
}

function Result({ loss, onClaimed, reading }: { loss: LossFigures; reading: Reading; onClaimed: () => void }) {
    const { connected } = useWallet();
    switch (reading.kind) {
        case 'none':
            return null;
        case 'busy':
            return <p role="status">Computing the tree…</p>;
        case 'failed':
        case 'problem':
            return (
                <Notice kind="warn" live>
                    {reading.text}
                </Notice>
            );
        case 'proven':
            break;
    }
    const { claim, count, isPaid, pay } = reading;
    if (!claim) {
        return (
            <Notice live>
                This is the list that was posted, with {exact(BigInt(count), 0)} claims.{' '}
                {connected ? (
                    <>
                        Your wallet <ShortAddress value={connected.address} /> is not in it.
                    </>
                ) : (
                    'Connect a wallet to see its claim.'
                )}
            </Notice>
        );
    }
    const isOwn = connected?.address === claim.claimant;
    const isOpen = loss.state === 'open';
    return (
        <Notice live>
            <p>
                <strong className="good">Proven.</strong> {isOwn ? 'Your wallet' : <ShortAddress value={claim.claimant} />} has lost{' '}
                <Money value={claim.amount} unit />, claim {exact(BigInt(claim.index), 0)} of the list.{' '}
                {isPaid ? (
                    <>It was paid.</>
                ) : isOpen ? (
                    <>
                        It is paid <strong><Money value={pay} unit /></strong>.
                    </>
                ) : (
                    <>It can be claimed once claims are open.</>
                )}
            </p>
            {isOpen && !isPaid && (
                <p>
                    <ActionButton action={{ kind: 'claim-cover', claim }} primary onDone={onClaimed}>
                        {isOwn ? 'Claim it' : 'Pay it to its claimant'}
                    </ActionButton>
                </p>
            )}
        </Notice>
    );
}

function Panel({ panel: { address, cover, keys, minBond, perils, quorum } }: { panel: PanelFigures }) {
    return (
        <Card title={`Panel of cover ${cover}`} hint={`${quorum} of its ${keys.length} keys approve a list. Nothing of it changes.`}>
            <Facts>
                <Fact label="Panel"><Address value={address} /></Fact>
                {keys.map((key, place) => (
                    <Fact key={key} label={`Key ${place + 1}`}><Address value={key} /></Fact>
                ))}
                <Fact label="Least bond"><Money value={minBond} unit /></Fact>
                <Fact label="Causes of loss">{perils}, numbered as the terms of the cover list them</Fact>
            </Facts>
        </Card>
    );
}
