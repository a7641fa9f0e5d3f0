import { parseDecimal } from 'bulkhead-client';
import { useId, useMemo, useState } from 'react';
import type { Action, DecodedInstruction, Figure, Parameter, PrintedInstruction, QueuedChangeFigures } from '../chain/model.js';
import { ActionButton, Diff, Instruction } from '../components/action.js';
import { useChainTime, useServices, useSnapshot, useToken, useWallet } from '../components/context.js';
import { Card, Fact, Facts, Notice, Page, Table, number } from '../components/parts.js';
import { Address, FigureText, When } from '../components/text.js';
import { duration, exact, plainNumber } from '../lib/format.js';

export function GovernancePage() {
    return (
        <Page
            title="Governance"
            lead="What the authority can change, within bounds that are compiled into the program, and never at once: every change of parameters waits, can be vetoed, and is shown here while it waits."
        >
            <div className="grid">
                <Queued />
                <Powers />
                <Parameters />
                <Inspector />
            </div>
        </Page>
    );
}

function Queued() {
    const { governance } = useSnapshot();
    return (
        <Card
            title="Waiting changes"
            span={7}
            hint={`A change waits ${duration(governance.timelockSecs)} if it can neither block, liquidate nor lock anybody, otherwise ${duration(governance.timelockSecs + governance.leaveSecs)}: whoever disagrees has left before.`}
        >
            {governance.queued.length === 0 ? (
                <p className="muted">None waits.</p>
            ) : (
                governance.queued.map((change) => <QueuedChange key={change.number.toString()} change={change} />)
            )}
        </Card>
    );
}

function QueuedChange({ change }: { change: QueuedChangeFigures }) {
    const { fund } = useSnapshot();
    const { ts } = useChainTime();
    const { connected } = useWallet();
    const isAuthority = connected?.address === fund.authority;
    const mayVeto = isAuthority || connected?.address === fund.guardian;
    const isReady = ts >= change.readyTs && ts <= change.expiresTs;
    return (
        <section className="stack" aria-label={`Change ${change.number}`}>
            <h3>
                {change.title} <span className="tag">number {change.number.toString()}</span>{' '}
                {isReady && <span className="tag warn">can be applied</span>}
                {ts > change.expiresTs && <span className="tag">expired</span>}
            </h3>
            <Facts>
                <Fact label="Earliest">
                    <When ts={change.readyTs} />
                </Fact>
                <Fact label="Latest">
                    <When ts={change.expiresTs} />
                </Fact>
            </Facts>
            {change.diff.length === 0 ? (
                <p className="muted">It changes nothing that is in force.</p>
            ) : (
                <Diff diff={change.diff} caption={`What change ${change.number} sets`} />
            )}
            {(isAuthority || mayVeto) && (
                <div className="row">
                    {isAuthority && (
                        <ActionButton
                            action={{ kind: 'apply-change', number: change.number, isMarket: change.isMarket }}
                            disabled={!isReady}
                        >
                            Apply
                        </ActionButton>
                    )}
                    {mayVeto && <ActionButton action={{ kind: 'veto-change', number: change.number }}>Veto</ActionButton>}
                </div>
            )}
        </section>
    );
}

function Powers() {
    const { fund, governance } = useSnapshot();
    return (
        <Card title="Who can do what" span={5}>
            <Facts>
                <Fact label="Creator">
                    <Address value={fund.creator} />
                    <br />
                    <span className="muted small">is a part of the fund’s address, and has no power</span>
                </Fact>
                <Fact label="Authority">
                    <Address value={fund.authority} />
                    <br />
                    <span className="muted small">queues and applies changes</span>
                </Fact>
                <Fact label="Guardian">
                    <Address value={fund.guardian} />
                    <br />
                    <span className="muted small">vetoes changes, pauses for at most three days</span>
                </Fact>
                {fund.pendingAuthority && (
                    <Fact label="Offered to">
                        <Address value={fund.pendingAuthority} />
                        <br />
                        <span className="muted small">becomes the authority when it accepts</span>
                    </Fact>
                )}
                <Fact label="Nonce">
                    {exact(governance.nonce, 0)} <span className="muted small">a signed transaction with another one is dead</span>
                </Fact>
            </Facts>
        </Card>
    );
}

/** Reads a text in the unit of a figure; returns the value, or the reason that there is none. */
export function readFigure(text: string, like: Figure, tokenDecimals: number): bigint | string {
    const plain = plainNumber(text).replace(/%$/, '');
    const decimals = { money: tokenDecimals, bps: 2, lots: 'decimals' in like ? like.decimals : 0, price: 'decimals' in like ? like.decimals : 0 };
    if (like.unit === 'seconds') {
        const match = /^(\d+)(s|min|h|d)?$/.exec(plain);
        if (!match) {
            return 'Write a time such as 3600, 90min, 12h or 7d.';
        }
        const units = { s: 1n, min: 60n, h: 3_600n, d: 86_400n } as const;
        return BigInt(match[1] ?? 0) * units[(match[2] ?? 's') as keyof typeof units];
    }
    if (like.unit === 'time') {
        return readTime(text.trim());
    }
    try {
        const value = parseDecimal(plain, decimals[like.unit as keyof typeof decimals] ?? 0);
        return value < 0n ? 'It cannot be negative.' : value;
    } catch (error) {
        return error instanceof Error ? `${error.message}.` : 'This is not a number.';
    }
}

/** A time in UTC in seconds, or zero for never. */
function readTime(text: string): bigint | string {
    if (text === 'never') {
        return 0n;
    }
    const [, day, time = '00:00'] = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}))?$/.exec(text) ?? [];
    const ms = Date.parse(`${day}T${time}Z`);
    return Number.isNaN(ms) ? 'Write a time in UTC such as 2026-12-31 08:00, or never.' : BigInt(ms / 1_000);
}

const UNITS: Readonly<Partial<Record<Figure['unit'], string>>> = { bps: '%', seconds: 's, min, h or d', slots: 'slots', time: 'UTC' };

/** Returns a sentence if a value is outside of the hard bounds. */
export function boundProblem(value: bigint, { least, most }: Pick<Parameter, 'least' | 'most'>): string | undefined {
    const of = (figure: Figure | undefined) => (figure && typeof figure.value === 'bigint' ? figure.value : undefined);
    const [low, high] = [of(least), of(most)];
    return (low !== undefined && value < low) || (high !== undefined && value > high)
        ? 'This is outside of the bounds: the program refuses it.'
        : undefined;
}

function unitHint({ unit }: Figure, token: string): string {
    const hint = unit === 'money' ? token : UNITS[unit];
    return hint ? ` in ${hint}` : '';
}

type Scope = { readonly scope: Parameter['scope']; readonly market: number | undefined };

function Parameters() {
    const { governance, markets } = useSnapshot();
    const { decimals, name } = useToken();
    const id = useId();
    const [place, setPlace] = useState('fund');
    const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
    const [isEditing, setEditing] = useState(false);
    const chosen = scopeOf(place);
    const shown = governance.parameters.filter(
        ({ market, scope }) => scope === chosen.scope && (scope === 'fund' || market === chosen.market),
    );
    const read = shown.flatMap((parameter) => {
        const text = texts[parameter.key]?.trim() ?? '';
        return text === '' ? [] : [{ parameter, value: readFigure(text, parameter.value, decimals) }];
    });
    const problems = new Map(
        read.flatMap(({ parameter, value }) => {
            const problem = typeof value === 'string' ? value : boundProblem(value, parameter);
            return problem === undefined ? [] : [[parameter.key, problem] as const];
        }),
    );
    const changed = read.filter(
        ({ parameter, value }) => typeof value === 'bigint' && value !== parameter.value.value && !problems.has(parameter.key),
    );
    const draft = {
        scope: chosen.scope,
        ...(chosen.market !== undefined && { market: chosen.market }),
        values: Object.fromEntries(changed.map(({ parameter, value }) => [parameter.key, value as bigint])),
    };
    return (
        <Card
            title="Parameters"
            span={12}
            hint="In force now, with the bounds that governance cannot leave."
            aside={
                <button type="button" className="quiet" aria-expanded={isEditing} onClick={() => setEditing(!isEditing)}>
                    {isEditing ? 'Only look' : 'Propose a change'}
                </button>
            }
        >
            <div className="field" style={{ maxWidth: 320 }}>
                <label htmlFor={id}>Of</label>
                <select
                    id={id}
                    value={place}
                    onChange={(event) => {
                        setPlace(event.target.value);
                        setTexts({});
                    }}
                >
                    <option value="fund">the fund</option>
                    {markets.map(({ index, symbol }) => (
                        <option key={`m${index}`} value={`market:${index}`}>
                            {symbol}: terms
                        </option>
                    ))}
                    {markets.map(({ index, symbol }) => (
                        <option key={`o${index}`} value={`oracle:${index}`}>
                            {symbol}: oracle
                        </option>
                    ))}
                </select>
            </div>
            <Table
                caption="Parameters with value and bounds"
                className="parameters"
                head={['Parameter', number('In force'), number('Least', 'wide-only'), number('Most', 'wide-only')]}
            >
                {shown.map((parameter) => {
                    const { help, key, label, least, most, value } = parameter;
                    const problem = problems.get(key);
                    return (
                        <tr key={key}>
                            <th scope="row">
                                {label}
                                <br />
                                <span className="muted small plain-weight">
                                    {help}
                                    <span className="narrow-only">
                                        {least && (
                                            <>
                                                {' '}
                                                At least <FigureText figure={least} />.
                                            </>
                                        )}
                                        {most && (
                                            <>
                                                {' '}
                                                At most <FigureText figure={most} />.
                                            </>
                                        )}
                                    </span>
                                </span>
                                {isEditing && (
                                    <span className="new-value">
                                        <input
                                            type="text"
                                            autoComplete="off"
                                            aria-label={`New value of ${label}`}
                                            aria-invalid={problem !== undefined}
                                            placeholder={`new value${unitHint(value, name)}`}
                                            value={texts[key] ?? ''}
                                            onChange={(event) => setTexts({ ...texts, [key]: event.target.value })}
                                        />
                                        {problem && (
                                            <span className="problem" role="alert">
                                                {problem}
                                            </span>
                                        )}
                                    </span>
                                )}
                            </th>
                            <td className="number">
                                <FigureText figure={value} />
                            </td>
                            <td className="number muted wide-only">{least ? <FigureText figure={least} /> : '–'}</td>
                            <td className="number muted wide-only">{most ? <FigureText figure={most} /> : '–'}</td>
                        </tr>
                    );
                })}
            </Table>
            {isEditing && (
                <Propose
                    action={{ kind: 'queue-change', draft }}
                    isReady={changed.length > 0 && problems.size === 0}
                    count={changed.length}
                />
            )}
        </Card>
    );
}

function scopeOf(place: string): Scope {
    const [scope = 'fund', index] = place.split(':');
    return { scope: scope as Parameter['scope'], market: index === undefined ? undefined : Number(index) };
}

function Propose({ action, count, isReady }: { action: Action; count: number; isReady: boolean }) {
    const { chain } = useServices();
    const { fund } = useSnapshot();
    const { connected } = useWallet();
    const [printed, setPrinted] = useState<PrintedInstruction | { readonly problem: string }>();
    const isAuthority = connected?.address === fund.authority;
    const print = () =>
        chain.ask('print', { action, authority: fund.authority }).then(setPrinted, (error: unknown) =>
            setPrinted({ problem: error instanceof Error ? error.message : String(error) }),
        );
    return (
        <div className="stack">
            <div className="row">
                <ActionButton primary action={action} disabled={!isReady || !isAuthority}>
                    Queue {count === 1 ? 'this change' : `these ${count} changes`}
                </ActionButton>
                <button type="button" disabled={!isReady} onClick={() => void print()}>
                    Print for a multisig
                </button>
                {!isAuthority && (
                    <span className="muted small">Only the authority can queue. A multisig proposes the printed instruction.</span>
                )}
            </div>
            {printed && 'problem' in printed && <Notice kind="warn">{printed.problem}</Notice>}
            {printed && 'json' in printed && (
                <>
                    <p className="small">
                        Valid until slot {exact(printed.lastValidSlot, 0)}, and only while the fund’s nonce is {exact(printed.nonce, 0)}: two
                        proposals printed at once exclude each other.
                    </p>
                    <pre aria-label="The instruction for a proposal">{printed.json}</pre>
                    <details>
                        <summary>What it says</summary>
                        <Instruction instruction={printed.decoded} number={1} />
                    </details>
                </>
            )}
        </div>
    );
}

function Inspector() {
    const { chain } = useServices();
    const id = useId();
    const [text, setText] = useState('');
    const [found, setFound] = useState<readonly DecodedInstruction[] | { readonly problem: string }>();
    const inspect = () =>
        chain.ask('inspect', { text }).then(setFound, (error: unknown) =>
            setFound({ problem: error instanceof Error ? error.message : String(error) }),
        );
    const known = useMemo(() => (found && !('problem' in found) ? found : []), [found]);
    const foreign = known.filter(({ isKnown }) => !isKnown).length;
    return (
        <Card
            title="Inspector"
            span={12}
            hint="What a proposal would do, before you sign it: paste a transaction or its message, the data of an instruction, or an instruction as printed here or by the command line. It is read in your browser."
        >
            <form
                className="stack"
                onSubmit={(event) => {
                    event.preventDefault();
                    void inspect();
                }}
            >
                <div className="field">
                    <label htmlFor={id}>Transaction or instruction</label>
                    <textarea id={id} spellCheck={false} value={text} onChange={(event) => setText(event.target.value)} />
                </div>
                <div>
                    <button type="submit" disabled={text.trim() === ''}>
                        Say what it does
                    </button>
                </div>
            </form>
            <div aria-live="polite" className="stack">
                {found && 'problem' in found && <Notice kind="warn">{found.problem}</Notice>}
                {foreign > 0 && (
                    <Notice kind="warn">
                        <strong>
                            {foreign === 1 ? 'One instruction is' : `${foreign} instructions are`} of other programs:
                        </strong>{' '}
                        what they do is not known here.
                    </Notice>
                )}
                {known.map((instruction, index) => (
                    <Instruction key={index} instruction={instruction} number={index + 1} />
                ))}
            </div>
        </Card>
    );
}
