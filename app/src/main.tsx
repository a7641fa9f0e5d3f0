import { StrictMode, useEffect, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import { App } from './app.js';
import { ChainClient, startWorker } from './chain/client.js';
import { ServicesProvider } from './components/context.js';
import { applyTheme, loadConfig, loadSettings, saveSettings, type Config, type Settings } from './lib/settings.js';
import { WalletStore } from './wallet/store.js';
import './styles.css';

const chain = new ChainClient(startWorker());
const wallets = new WalletStore();

chain.useSigner((address, transaction) => wallets.sign(address, transaction));
// Wallets depend on the cluster, and the accounts that are read on the wallet.
chain.subscribe(() => {
    const { snapshot } = chain.getState();
    if (snapshot) {
        wallets.enter(snapshot.cluster.name);
    }
});
let watched: string | undefined;
wallets.subscribe(() => {
    const address = wallets.getState().connected?.address;
    if (address !== watched) {
        watched = address;
        chain.watch(address);
    }
});
document.addEventListener('visibilitychange', () => chain.show(!document.hidden));

/** The node and the fund to open, if both are known. */
function targetOf(config: Config, settings: Settings) {
    const rpc = settings.rpc ?? config.rpc;
    const fund = settings.fund ?? config.fund;
    // Whatever node is chosen, the fund that was configured is on its own cluster.
    return rpc && fund ? { rpc, fund, genesis: fund === config.fund ? config.genesis : undefined } : undefined;
}

function Root({ config }: { config: Config }) {
    const [settings, setSettings] = useState(loadSettings);
    const target = useMemo(() => targetOf(config, settings), [config, settings]);
    const { fund, genesis, rpc } = target ?? {};
    useEffect(() => {
        if (rpc && fund) {
            const { claimsProgram, program } = config;
            chain.open({ rpc, fund, genesis, program, claimsProgram });
        }
    }, [config, fund, genesis, rpc]);
    useEffect(() => applyTheme(settings.theme), [settings.theme]);
    const services = useMemo(
        () => ({
            chain,
            wallets,
            config,
            settings,
            changeSettings: (next: Settings) => {
                saveSettings(next);
                setSettings(next);
            },
        }),
        [config, settings],
    );
    return (
        <ServicesProvider services={services}>
            <Router hook={useHashLocation}>
                <App />
            </Router>
        </ServicesProvider>
    );
}

applyTheme(loadSettings().theme);
const config = await loadConfig();
createRoot(document.getElementById('root') ?? document.body).render(
    <StrictMode>
        <Root config={config} />
    </StrictMode>,
);
