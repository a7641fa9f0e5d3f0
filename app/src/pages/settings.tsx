import { useState } from 'react';
import { useChain, useServices } from '../components/context.js';
import { Card, Fact, Facts, Page } from '../components/parts.js';
import { Address } from '../components/text.js';
import { isAddress } from '../lib/address.js';
import { explorerLink, urlProblem, type Settings, type Theme } from '../lib/settings.js';

const THEMES: readonly (readonly [Theme, string])[] = [
    ['system', 'As the system'],
    ['light', 'Light'],
    ['dark', 'Dark'],
];

export function SettingsPage() {
    return (
        <Page title="Settings" lead="Kept in this browser. No key is ever stored, except that of a burner on a local network.">
            <div className="grid">
                <Source />
                <Appearance />
                <About />
            </div>
        </Page>
    );
}

/** The form that chooses node, fund and explorer. */
export function Source() {
    const { changeSettings, config, settings } = useServices();
    const [rpc, setRpc] = useState(settings.rpc ?? config.rpc ?? '');
    const [fund, setFund] = useState(settings.fund ?? config.fund ?? '');
    const [explorer, setExplorer] = useState(settings.explorer ?? config.explorer ?? '');
    const [ledger, setLedger] = useState(settings.ledger ?? config.ledger ?? '');
    const problems = {
        rpc: rpc === '' ? undefined : urlProblem(rpc),
        fund: fund.trim() === '' || isAddress(fund.trim()) ? undefined : 'This is not an address.',
        ledger: ledger === '' ? undefined : urlProblem(ledger),
        explorer:
            explorer.trim() === '' || explorerLink(explorer.trim(), '')
                ? undefined
                : 'Use https, and {signature} where the transaction’s signature belongs.',
    };
    const isWrong = Object.values(problems).some((problem) => problem !== undefined);
    const save = () => {
        const { explorer: _e, fund: _f, ledger: _l, rpc: _r, ...others } = settings;
        // A choice that equals the configuration is not remembered: the configuration may change.
        const changed = (text: string, configured: string | undefined) =>
            text.trim() === '' || text.trim() === configured ? undefined : text.trim();
        const next: Settings = { ...others };
        changeSettings({
            ...next,
            ...pick('rpc', changed(rpc, config.rpc)),
            ...pick('fund', changed(fund, config.fund)),
            ...pick('explorer', changed(explorer, config.explorer)),
            ...pick('ledger', changed(ledger, config.ledger)),
        });
    };
    return (
        <Card title="Where the data comes from" span={6}>
            <form
                className="stack"
                onSubmit={(event) => {
                    event.preventDefault();
                    if (!isWrong) save();
                }}
            >
                <TextField
                    label="RPC node"
                    value={rpc}
                    problem={problems.rpc}
                    hint="Everything you act on is read from it, and transactions are sent through it. It learns which wallet you look at."
                    onChange={setRpc}
                />
                <TextField label="Fund" value={fund} problem={problems.fund} hint="The address of the fund." onChange={setFund} />
                <TextField
                    label="Explorer"
                    value={explorer}
                    problem={problems.explorer}
                    hint="Address of a transaction’s page, with {signature} in it. Empty: signatures are no links."
                    onChange={setExplorer}
                />
                <TextField
                    label="Ledger"
                    value={ledger}
                    problem={problems.ledger}
                    hint="URL of a ledger of this fund. Series, histories and the risk report come from it; nothing that you sign does."
                    onChange={setLedger}
                />
                <div className="row">
                    <button type="submit" className="primary" disabled={isWrong}>
                        Save and open
                    </button>
                </div>
            </form>
        </Card>
    );
}

const pick = <Key extends string>(key: Key, value: string | undefined) =>
    (value === undefined ? {} : { [key]: value }) as Partial<Record<Key, string>>;

function TextField({
    hint,
    label,
    onChange,
    problem,
    value,
}: {
    label: string;
    value: string;
    hint: string;
    problem?: string | undefined;
    onChange: (value: string) => void;
}) {
    const id = label.toLowerCase().replaceAll(' ', '-');
    return (
        <div className="field">
            <label htmlFor={id}>{label}</label>
            <input
                id={id}
                type="text"
                autoComplete="off"
                spellCheck={false}
                value={value}
                aria-invalid={problem !== undefined}
                aria-describedby={`${id}-hint`}
                onChange={(event) => onChange(event.target.value)}
            />
            <span id={`${id}-hint`}>
                {problem && (
                    <span className="problem" role="alert">
                        {problem}{' '}
                    </span>
                )}
                <span className="hint">{hint}</span>
            </span>
        </div>
    );
}

function Appearance() {
    const { changeSettings, settings } = useServices();
    return (
        <Card title="Appearance" span={6}>
            <fieldset>
                <legend>Theme</legend>
                <div className="row">
                    {THEMES.map(([theme, label]) => (
                        <label key={theme} className="check">
                            <input
                                type="radio"
                                name="theme"
                                checked={settings.theme === theme}
                                onChange={() => changeSettings({ ...settings, theme })}
                            />
                            {label}
                        </label>
                    ))}
                </div>
            </fieldset>
        </Card>
    );
}

function About() {
    const { snapshot } = useChain();
    return (
        <Card title="What you are looking at" span={12}>
            <Facts>
                <Fact label="Build">
                    <code>{__BUILD__}</code>{' '}
                    <span className="muted small">the same for everybody who builds this version</span>
                </Fact>
                {snapshot && (
                    <>
                        <Fact label="Cluster">
                            {snapshot.cluster.name} <span className="muted small">genesis hash</span>{' '}
                            <Address value={snapshot.cluster.genesis} />
                        </Fact>
                        <Fact label="Program">
                            <Address value={snapshot.fund.program} />
                        </Fact>
                        <Fact label="Fund">
                            <Address value={snapshot.fund.address} />
                        </Fact>
                        <Fact label="Vault">
                            <Address value={snapshot.fund.vault} />
                        </Fact>
                        <Fact label="Settlement token">
                            <Address value={snapshot.fund.mint} />
                        </Fact>
                    </>
                )}
            </Facts>
        </Card>
    );
}
