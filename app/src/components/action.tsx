/**
 * From a button to a confirmed transaction: what it will do, from a simulation; what is signed, in words and with full
 * addresses; then the wallet, the network, and what came of it.
 *
 * @module
 */

import { createContext, useCallback, useContext, useEffect, useState, type ReactNode } from 'react';
import type { Action, ActionOutcome, ActionStep, DecodedInstruction, Preview, Problem } from '../chain/model.js';
import { explorerLink } from '../lib/settings.js';
import { exact, sol } from '../lib/format.js';
import { useIsLive, useServices, useSnapshot, useWallet } from './context.js';
import { Dialog } from './dialog.js';
import { Fact, Facts, Notice } from './parts.js';
import { Address, FigureText, Signature } from './text.js';

type Stage =
    | { readonly kind: 'previewing' }
    | { readonly kind: 'previewed'; readonly preview: Preview }
    | { readonly kind: 'unavailable'; readonly text: string }
    | { readonly kind: 'running'; readonly preview: Preview; readonly step: ActionStep; readonly signature: string | undefined }
    | { readonly kind: 'finished'; readonly preview: Preview; readonly outcome: ActionOutcome };

const STEPS: Readonly<Record<ActionStep, string>> = {
    building: 'Reading the newest state and building the transaction…',
    signing: 'Look at your wallet: it asks you to sign.',
    signed: 'Signed. Sending it…',
    sent: 'Sent. Waiting until the network confirms it…',
    unreachable: 'Signed, and the node does not answer just now. It is tried again until it does; the transaction may already be on its way.',
};

/** A sentence that must be agreed to before an action can be confirmed. */
export interface Agreement {
    readonly text: ReactNode;
}

interface Request {
    readonly action: Action;
    readonly wallet: string;
    readonly agreement: Agreement | undefined;
    readonly onDone: (() => void) | undefined;
}

const OpenAction = createContext<(request: Request) => void>(() => undefined);

/**
 * Shows the dialog of the action that was asked for. It stands above the pages: what an action does may take away the very
 * button it came from, and its outcome must still be read.
 */
export function ActionsProvider({ children }: { children: ReactNode }) {
    const [request, setRequest] = useState<Request>();
    return (
        <OpenAction value={setRequest}>
            {children}
            {request && (
                <ActionDialog
                    action={request.action}
                    wallet={request.wallet}
                    agreement={request.agreement}
                    onClose={(isDone) => {
                        setRequest(undefined);
                        if (isDone) request.onDone?.();
                    }}
                />
            )}
        </OpenAction>
    );
}

export function ActionButton({
    action,
    agreement,
    children,
    disabled = false,
    onDone,
    primary = false,
}: {
    action: Action;
    children: ReactNode;
    disabled?: boolean;
    primary?: boolean;
    agreement?: Agreement | undefined;
    onDone?: () => void;
}) {
    const open = useContext(OpenAction);
    const { connected } = useWallet();
    const isLive = useIsLive();
    return (
        <button
            type="button"
            className={primary ? 'primary' : undefined}
            disabled={disabled || !connected || !isLive}
            onClick={() => connected && open({ action, agreement, onDone, wallet: connected.address })}
        >
            {children}
        </button>
    );
}

export function ActionDialog({
    action,
    agreement,
    onClose,
    wallet,
}: {
    action: Action;
    /** The account it was opened for: another one needs another preview. */
    wallet: string;
    agreement?: Agreement | undefined;
    onClose: (isDone: boolean) => void;
}) {
    const { chain } = useServices();
    const { connected } = useWallet();
    const [stage, setStage] = useState<Stage>({ kind: 'previewing' });
    const [agreed, setAgreed] = useState(false);

    const preview = useCallback(async () => {
        setStage({ kind: 'previewing' });
        try {
            setStage({ kind: 'previewed', preview: await chain.ask('preview', { action, wallet }) });
        } catch (error) {
            setStage({ kind: 'unavailable', text: error instanceof Error ? error.message : String(error) });
        }
    }, [action, chain, wallet]);
    useEffect(() => void preview(), [preview]);

    const confirm = async (shown: Preview) => {
        setStage({ kind: 'running', preview: shown, step: 'building', signature: undefined });
        try {
            const outcome = await chain.ask('perform', { action, wallet }, (step, signature) =>
                setStage({ kind: 'running', preview: shown, step, signature }),
            );
            setStage({ kind: 'finished', preview: shown, outcome });
        } catch (error) {
            setStage({ kind: 'unavailable', text: error instanceof Error ? error.message : String(error) });
        }
    };

    const isAnother = connected?.address !== wallet;
    const isDone = stage.kind === 'finished' && stage.outcome.kind === 'done';
    const title = 'preview' in stage ? stage.preview.title : 'One moment';
    return (
        <Dialog title={title} onClose={() => onClose(isDone)}>
            {isAnother && stage.kind !== 'finished' && (
                <Notice kind="warn" live>
                    The wallet’s account has changed. Close this and look again: it was for <Address value={wallet} />.
                </Notice>
            )}
            {stage.kind === 'previewing' && <p role="status">Simulating it against the chain as it is now…</p>}
            {stage.kind === 'unavailable' && (
                <>
                    <Notice kind="warn" live>
                        {stage.text}
                    </Notice>
                    <div className="dialog-foot">
                        <button type="button" onClick={() => void preview()}>
                            Try again
                        </button>
                    </div>
                </>
            )}
            {stage.kind === 'previewed' && (
                <PreviewBody preview={stage.preview} wallet={wallet}>
                    {agreement && !stage.preview.problem && (
                        <label className="check">
                            <input type="checkbox" checked={agreed} onChange={(event) => setAgreed(event.target.checked)} />
                            <span>{agreement.text}</span>
                        </label>
                    )}
                    <div className="dialog-foot">
                        {stage.preview.problem && (
                            <button type="button" onClick={() => void preview()}>
                                Look again
                            </button>
                        )}
                        <button
                            type="button"
                            className="primary"
                            disabled={Boolean(stage.preview.problem) || isAnother || (Boolean(agreement) && !agreed)}
                            onClick={() => void confirm(stage.preview)}
                        >
                            Sign in your wallet
                        </button>
                    </div>
                </PreviewBody>
            )}
            {stage.kind === 'running' && (
                <div role="status" className="stack">
                    <p>{STEPS[stage.step]}</p>
                    {stage.signature && (
                        <p className="small muted">
                            Signature <Address value={stage.signature} />
                        </p>
                    )}
                </div>
            )}
            {stage.kind === 'finished' && (
                <Finished outcome={stage.outcome} onAgain={() => void preview()} onClose={() => onClose(isDone)} />
            )}
        </Dialog>
    );
}

function PreviewBody({ children, preview, wallet }: { preview: Preview; wallet: string; children: ReactNode }) {
    const { fund } = useSnapshot();
    return (
        <>
            {preview.problem && <ProblemNotice problem={preview.problem} lead="The program would refuse this." />}
            {preview.terms.length > 0 && (
                <Facts>
                    {preview.terms.map(({ figure, label }) => (
                        <Fact key={label} label={label}>
                            <FigureText figure={figure} />
                        </Fact>
                    ))}
                </Facts>
            )}
            {preview.changes.length > 0 && (
                <table>
                    <caption>What changes, from a simulation a moment ago</caption>
                    <thead>
                        <tr>
                            <th scope="col">Figure</th>
                            <th scope="col" className="number">
                                Now
                            </th>
                            <th scope="col" className="number">
                                Afterwards
                            </th>
                        </tr>
                    </thead>
                    <tbody>
                        {preview.changes.map(({ after, before, label }) => (
                            <tr key={label}>
                                <th scope="row">{label}</th>
                                <td className="number">
                                    <FigureText figure={before} />
                                </td>
                                <td className="number">
                                    <FigureText figure={after} />
                                </td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            )}
            {preview.consequences.length > 0 && (
                <ul className="bullets prose">
                    {preview.consequences.map((text) => (
                        <li key={text}>{text}</li>
                    ))}
                </ul>
            )}
            <Facts>
                <Fact label="Cost">
                    {preview.networkFee === undefined ? 'the network’s fee' : `${sol(preview.networkFee)} to the network`}
                    {preview.rent > 0n && `, and about ${sol(preview.rent)} of rent that comes back when the account is closed`}
                </Fact>
                {preview.computeUnits !== undefined && preview.computeUnits > 0n && (
                    <Fact label="Compute units">{exact(preview.computeUnits, 0)}</Fact>
                )}
                <Fact label="Your wallet">
                    <Address value={wallet} />
                </Fact>
                <Fact label="Fund">
                    <Address value={fund.address} />
                </Fact>
            </Facts>
            <details>
                <summary>
                    What you sign: {preview.instructions.length}{' '}
                    {preview.instructions.length === 1 ? 'instruction' : 'instructions'}
                </summary>
                <div className="stack">
                    {preview.instructions.map((instruction, index) => (
                        <Instruction key={index} instruction={instruction} number={index + 1} />
                    ))}
                </div>
            </details>
            {children}
        </>
    );
}

/** An instruction in words, with every address in full. */
export function Instruction({ instruction, number }: { instruction: DecodedInstruction; number: number }) {
    const { accounts, arguments: lines, diff, isOurs, name, program, programName, warning } = instruction;
    return (
        <section className="stack" aria-label={`Instruction ${number}`}>
            <h3>
                {number}. {name} <span className={isOurs ? 'tag strong' : 'tag warn'}>{programName}</span>
            </h3>
            {warning && <Notice kind="warn">{warning}</Notice>}
            <Facts>
                <Fact label="Program">
                    <Address value={program} />
                </Fact>
                {lines.map(({ figure, label }) => (
                    <Fact key={label} label={label}>
                        <FigureText figure={figure} />
                    </Fact>
                ))}
                {accounts.map(({ address, label, role }, index) => (
                    <Fact key={`${label}-${index}`} label={label}>
                        <Address value={address} /> <span className="muted small">{role}</span>
                    </Fact>
                ))}
            </Facts>
            {diff.length > 0 && <Diff diff={diff} caption="What it would change" />}
        </section>
    );
}

export function Diff({ caption, diff }: { caption: string; diff: DecodedInstruction['diff'] }) {
    return (
        <table>
            <caption>{caption}</caption>
            <thead>
                <tr>
                    <th scope="col">Parameter</th>
                    <th scope="col" className="number">
                        In force
                    </th>
                    <th scope="col" className="number">
                        Would be
                    </th>
                </tr>
            </thead>
            <tbody>
                {diff.map(({ after, before, label }) => (
                    <tr key={label}>
                        <th scope="row">{label}</th>
                        <td className="number">
                            <FigureText figure={before} />
                        </td>
                        <td className="number">
                            <strong>
                                <FigureText figure={after} />
                            </strong>
                        </td>
                    </tr>
                ))}
            </tbody>
        </table>
    );
}

export function ProblemNotice({ lead, problem }: { problem: Problem; lead: string }) {
    return (
        <Notice kind="warn" live>
            <p>
                <strong>{lead}</strong> {problem.text}
            </p>
            <p>{problem.advice}</p>
            {problem.name && (
                <p className="small muted">
                    The program calls it <code>{problem.name}</code>.
                </p>
            )}
        </Notice>
    );
}

function Finished({
    onAgain,
    onClose,
    outcome,
}: {
    outcome: ActionOutcome;
    onAgain: () => void;
    onClose: () => void;
}) {
    const { config, settings } = useServices();
    const explorer = settings.explorer ?? config.explorer;
    const again = (
        <button type="button" onClick={onAgain}>
            Back
        </button>
    );
    return (
        <>
            {outcome.kind === 'done' && (
                <div role="status" className="stack">
                    <p>
                        <strong className="good">Confirmed.</strong>
                    </p>
                    {outcome.events
                        .filter(({ name }) => name !== 'Cranked')
                        .map(({ lines, name, text }, index) => (
                            <div key={`${name}-${index}`}>
                                <p>{text}</p>
                                <Facts>
                                    {lines
                                        .filter(({ figure }) => figure.unit !== 'address')
                                        .map(({ figure, label }) => (
                                            <Fact key={label} label={label}>
                                                <FigureText figure={figure} />
                                            </Fact>
                                        ))}
                                </Facts>
                            </div>
                        ))}
                    <p className="small muted">
                        Signature{' '}
                        <Signature signature={outcome.signature} explorer={explorerLink(explorer, outcome.signature)} />
                    </p>
                </div>
            )}
            {outcome.kind === 'declined' && (
                <p role="status">You declined in your wallet. Nothing was sent and nothing has changed.</p>
            )}
            {outcome.kind === 'expired' && (
                <Notice kind="warn" live>
                    The network did not take the transaction in time, and it cannot run any more. Nothing has changed; you can
                    try again. Signature <Address value={outcome.signature} />
                </Notice>
            )}
            {outcome.kind === 'refused' && <ProblemNotice problem={outcome.problem} lead="It was refused." />}
            <div className="dialog-foot">
                {outcome.kind !== 'done' && again}
                <button type="button" className="primary" onClick={onClose}>
                    Close
                </button>
            </div>
        </>
    );
}
