/** Connecting a wallet. @module */

import { useState } from 'react';
import { useServices, useWallet } from './context.js';
import { Dialog } from './dialog.js';
import { Notice } from './parts.js';
import { Address, ShortAddress } from './text.js';

export function WalletButton() {
    const { wallets } = useServices();
    const { connected, isConnecting } = useWallet();
    const [isOpen, setOpen] = useState(false);
    return (
        <>
            <button type="button" className={connected ? '' : 'primary'} onClick={() => setOpen(true)}>
                {connected ? <ShortAddress value={connected.address} /> : isConnecting ? 'Connecting…' : 'Connect wallet'}
                {connected?.isBurner && <span className="tag warn" style={{ marginLeft: 8 }}>burner</span>}
            </button>
            {isOpen && (
                <Dialog title={connected ? 'Your wallet' : 'Connect a wallet'} onClose={() => setOpen(false)}>
                    {connected ? (
                        <>
                            <p>
                                {connected.name}
                                <br />
                                <Address value={connected.address} />
                            </p>
                            {connected.isBurner && <BurnerNote />}
                            <div className="dialog-foot">
                                <button
                                    type="button"
                                    onClick={() => {
                                        void wallets.disconnect();
                                        setOpen(false);
                                    }}
                                >
                                    Disconnect
                                </button>
                            </div>
                        </>
                    ) : (
                        <WalletOffers onChosen={() => setOpen(false)} />
                    )}
                </Dialog>
            )}
        </>
    );
}

export function BurnerNote() {
    return (
        <Notice kind="warn">
            A burner’s key lies in this browser’s storage and works on local networks only. Its money is worth nothing. Never send
            anything of value to it.
        </Notice>
    );
}

export function WalletOffers({ onChosen }: { onChosen?: () => void }) {
    const { wallets } = useServices();
    const { isConnecting, notice, offers } = useWallet();
    const fitting = offers.filter(({ fits }) => fits);
    const others = offers.filter(({ fits }) => !fits);
    return (
        <div className="stack">
            {notice && (
                <Notice kind="warn" live>
                    {notice}
                </Notice>
            )}
            {fitting.map(({ icon, isBurner, name }) => (
                <button
                    key={name}
                    type="button"
                    className="offer"
                    disabled={isConnecting}
                    onClick={() => void wallets.connect(name).then(onChosen)}
                >
                    <img src={icon} alt="" />
                    <span>
                        {name}
                        {isBurner && (
                            <>
                                <br />
                                <span className="muted small">Made in this browser, for trying things out. Comes with a faucet.</span>
                            </>
                        )}
                    </span>
                </button>
            ))}
            {others.map(({ icon, name }) => (
                <button key={name} type="button" className="offer" disabled>
                    <img src={icon} alt="" />
                    <span>
                        {name}
                        <br />
                        <span className="small">It is not set to this cluster, or does not know it.</span>
                    </span>
                </button>
            ))}
            {offers.length === 0 && (
                <p>
                    No Solana wallet was found in this browser. Install one that supports the Wallet Standard, then come back: it
                    appears here by itself.
                </p>
            )}
        </div>
    );
}
