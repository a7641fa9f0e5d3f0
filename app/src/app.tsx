import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { Link, Redirect, Route, Switch, useLocation } from 'wouter';
import type { Connection, Refusal } from './chain/model.js';
import { ActionsProvider } from './components/action.js';
import { useChain, useServices, useWallet } from './components/context.js';
import { Notice, Page } from './components/parts.js';
import { Takings } from './components/takings.js';
import { Ago } from './components/text.js';
import { WalletButton } from './components/wallet-menu.js';
import { exact, shortAddress } from './lib/format.js';
import { FundPage } from './pages/fund.js';

const MembershipPage = lazy(async () => ({ default: (await import('./pages/membership.js')).MembershipPage }));
const MarketsPage = lazy(async () => ({ default: (await import('./pages/markets.js')).MarketsPage }));
const MarketPage = lazy(async () => ({ default: (await import('./pages/market.js')).MarketPage }));
const DefaultsPage = lazy(async () => ({ default: (await import('./pages/defaults.js')).DefaultsPage }));
const DefaultPage = lazy(async () => ({ default: (await import('./pages/defaults.js')).DefaultPage }));
const CoversPage = lazy(async () => ({ default: (await import('./pages/covers.js')).CoversPage }));
const ClaimsPage = lazy(async () => ({ default: (await import('./pages/claims.js')).ClaimsPage }));
const PoliciesPage = lazy(async () => ({ default: (await import('./pages/policies.js')).PoliciesPage }));
const KeeperPage = lazy(async () => ({ default: (await import('./pages/keeper.js')).KeeperPage }));
const GovernancePage = lazy(async () => ({ default: (await import('./pages/governance.js')).GovernancePage }));
const RiskPage = lazy(async () => ({ default: (await import('./pages/risk.js')).RiskPage }));
const SettingsPage = lazy(async () => ({ default: (await import('./pages/settings.js')).SettingsPage }));

const PAGES = [
    ['/', 'Fund'],
    ['/membership', 'My membership'],
    ['/markets', 'Markets'],
    ['/defaults', 'Defaults'],
    ['/covers', 'Covers'],
    ['/claims', 'Claims'],
    ['/policies', 'Policies'],
    ['/risk', 'Risk'],
    ['/keeper', 'Keeper desk'],
    ['/governance', 'Governance'],
    ['/settings', 'Settings'],
] as const;

export function App() {
    return (
        <div className="shell">
            <a className="skip" href="#main" onClick={focusMain}>
                Skip to the page
            </a>
            <Top />
            <Banner />
            <main id="main" className="main" tabIndex={-1}>
                <WalletNotice />
                <ActionsProvider>
                    <Takings />
                    <Pages />
                </ActionsProvider>
            </main>
            <Foot />
        </div>
    );
}

/** The address belongs to the router: the link moves the focus by itself. */
function focusMain(event: React.MouseEvent) {
    event.preventDefault();
    document.getElementById('main')?.focus();
}

function Top() {
    const [path] = useLocation();
    const [isOpen, setOpen] = useState(false);
    useEffect(() => setOpen(false), [path]);
    return (
        <header className="top">
            <div className="top-inner">
                <Link href="/" className="brand">
                    <svg viewBox="0 0 32 32" aria-hidden="true">
                        <rect width="32" height="32" rx="6" fill="#16355c" />
                        <path d="M8 7h4v18H8zM14 7h4v18h-4zM20 7h4v18h-4z" fill="#fff" />
                        <path d="M8 16h16v3H8z" fill="#6fb3e0" />
                    </svg>
                    Bulkhead
                </Link>
                <button
                    type="button"
                    className="menu-button"
                    aria-expanded={isOpen}
                    aria-controls="pages"
                    onClick={() => setOpen(!isOpen)}
                >
                    Menu
                </button>
                <nav id="pages" className={isOpen ? 'nav open' : 'nav'} aria-label="Pages">
                    {PAGES.map(([href, label]) => {
                        const isHere = href === '/' ? path === '/' : path.startsWith(href);
                        return (
                            <Link key={href} href={href} aria-current={isHere ? 'page' : undefined}>
                                {label}
                            </Link>
                        );
                    })}
                </nav>
                <WalletButton />
            </div>
        </header>
    );
}

function Banner() {
    const { chain } = useServices();
    const { connection, snapshot } = useChain();
    if (connection.state !== 'lost') {
        return null;
    }
    return (
        <div className="banner" role="status">
            <strong>The node is not reached: {connection.reason}.</strong>{' '}
            {snapshot ? (
                <>
                    What you see was read <Ago ts={snapshot.ts} /> and may have changed. Nothing can be signed until it is back; it is tried
                    again by itself.
                </>
            ) : (
                <>It is tried again by itself.</>
            )}{' '}
            <button type="button" className="quiet" onClick={() => chain.refresh()}>
                Try now
            </button>{' '}
            <Link href="/settings">Choose another node</Link>
        </div>
    );
}

function WalletNotice() {
    const { wallets } = useServices();
    const { notice } = useWallet();
    return notice ? (
        <Notice
            live
            action={
                <button type="button" className="quiet" onClick={() => wallets.dismiss()}>
                    Dismiss
                </button>
            }
        >
            {notice}
        </Notice>
    ) : null;
}

const REFUSALS: Readonly<Record<Refusal, { readonly title: string; readonly advice: string }>> = {
    version: {
        title: 'The program is of another version',
        advice: 'Its accounts are laid out differently, so nothing of them is shown: figures read wrongly are worse than none. Get the app of that version, or have the fund migrated.',
    },
    'no-fund': {
        title: 'There is no fund at this address',
        advice: 'The node answers, and has no such account. Check the address, and whether the node belongs to the right cluster.',
    },
    'no-program': {
        title: 'Bulkhead is not on this cluster',
        advice: 'The node answers, and has no such program. It probably belongs to another cluster than the fund.',
    },
    'not-a-fund': {
        title: 'This account is not a fund of Bulkhead',
        advice: 'Check the address in the settings.',
    },
    'wrong-cluster': {
        title: 'The node belongs to another cluster',
        advice: 'Choose a node of the fund’s cluster in the settings.',
    },
    'bad-address': {
        title: 'The fund’s address is not an address',
        advice: 'Correct it in the settings.',
    },
};

function Pages() {
    const { config, settings } = useServices();
    const { connection, snapshot } = useChain();
    const [path] = useLocation();
    const main = useRef<string>(path);
    useEffect(() => {
        const label = PAGES.find(([href]) => (href === '/' ? path === '/' : path.startsWith(href)))?.[1];
        document.title = label ? `${label} – Bulkhead` : 'Bulkhead';
        if (main.current !== path) {
            // A reader hears the new page, not the old one's rest.
            document.getElementById('main')?.focus({ preventScroll: true });
            window.scrollTo(0, 0);
            main.current = path;
        }
    }, [path]);
    const hasTarget = Boolean(settings.rpc ?? config.rpc) && Boolean(settings.fund ?? config.fund);
    if (path === '/settings' || !hasTarget) {
        return (
            <Suspense fallback={<Loading />}>
                {!hasTarget && path !== '/settings' && (
                    <Notice>
                        <strong>Which fund?</strong> Say below which node to ask and at which address the fund is.
                    </Notice>
                )}
                <SettingsPage />
            </Suspense>
        );
    }
    if (!snapshot) {
        return <Without connection={connection} />;
    }
    return (
        <Suspense fallback={<Loading />}>
            <Switch>
                <Route path="/">
                    <FundPage />
                </Route>
                <Route path="/membership">
                    <MembershipPage />
                </Route>
                <Route path="/markets">
                    <MarketsPage />
                </Route>
                <Route path="/markets/:index">{({ index }) => <MarketPage key={index} index={Number(index)} />}</Route>
                <Route path="/defaults">
                    <DefaultsPage />
                </Route>
                <Route path="/defaults/:seq">
                    {({ seq }) => (/^\d+$/.test(seq) ? <DefaultPage key={seq} seq={seq} /> : <Redirect to="/defaults" />)}
                </Route>
                <Route path="/covers">
                    <CoversPage />
                </Route>
                <Route path="/claims">
                    <ClaimsPage />
                </Route>
                <Route path="/policies">
                    <PoliciesPage />
                </Route>
                <Route path="/risk">
                    <RiskPage />
                </Route>
                <Route path="/keeper">
                    <KeeperPage />
                </Route>
                <Route path="/governance">
                    <GovernancePage />
                </Route>
                <Route>
                    <Page title="There is no such page">
                        <p>
                            <Link href="/">To the fund</Link>
                        </p>
                    </Page>
                </Route>
            </Switch>
        </Suspense>
    );
}

function Loading() {
    return <p role="status">One moment…</p>;
}

/** The page while nothing is known. */
function Without({ connection }: { connection: Connection }) {
    if (connection.state === 'refused') {
        const { advice, title } = REFUSALS[connection.problem];
        return (
            <Page title={title} lead={advice}>
                <p className="address">{connection.detail}</p>
                <p>
                    <Link href="/settings" className="button">
                        To the settings
                    </Link>
                </p>
            </Page>
        );
    }
    return (
        <Page title={connection.state === 'lost' ? 'Waiting for the node' : 'Reading the fund'}>
            <p role="status">
                {connection.state === 'lost'
                    ? 'It has not answered yet. This page appears as soon as it does.'
                    : 'Reading it from the chain…'}
            </p>
        </Page>
    );
}

function Foot() {
    const { connection, snapshot } = useChain();
    return (
        <footer className="foot">
            <div className="foot-inner">
                {snapshot && (
                    <>
                        <span>
                            {snapshot.cluster.name} · slot {exact(snapshot.slot, 0)} ·{' '}
                            {connection.state === 'live' ? 'live' : 'not live'}
                        </span>
                        <span title={snapshot.fund.address}>fund {shortAddress(snapshot.fund.address)}</span>
                    </>
                )}
                <span>build {__BUILD__}</span>
                <span>Read from the chain by your browser; no server stands in between.</span>
            </div>
        </footer>
    );
}
