/** Takings of the wallet's member: a countdown on every page, and what came of them. @module */

import { useEffect, useRef, useState } from 'react';
import type { ChainClient } from '../chain/client.js';
import type { Figure, OfferFigures } from '../chain/model.js';
import { ActionButton } from './action.js';
import { useChain, useChainTime, useServices } from './context.js';
import { Notice } from './parts.js';
import { FigureText, Lots, Money } from './text.js';

/** What came of a taking. */
export interface Ending {
    readonly key: string;
    readonly offer: OfferFigures;
    readonly kind: 'filled' | 'lapsed' | 'unknown';
    readonly price: Figure | undefined;
}

/** An event is there a moment after the account has changed: the node is asked again. */
const ATTEMPTS = 4;
const WAIT_MS = 750;

const keyOf = ({ address, taking }: OfferFigures) => `${address}:${taking?.ts}`;

/** Looks in the offer's own transactions for what ended a taking. */
export async function endingOf(chain: Pick<ChainClient, 'ask'>, offer: OfferFigures, waitMs = WAIT_MS): Promise<Ending> {
    const ending = { key: keyOf(offer), offer };
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const history = await chain.ask('history', { account: offer.address }).catch(() => []);
        const found = history.find(({ events }) => events.some(({ name }) => name === 'OfferFilled' || name === 'TakingLapsed'));
        if (found) {
            const isFilled = found.events.some(({ name }) => name === 'OfferFilled');
            const trade = found.events.find(({ name }) => name === 'Novated');
            const price = trade?.lines.find(({ figure }) => figure.unit === 'price')?.figure;
            return { ...ending, kind: isFilled ? 'filled' : 'lapsed', price };
        }
        await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
    return { ...ending, kind: 'unknown', price: undefined };
}

/** The takings of a member, as maker or as taker. */
function takingsOf(offers: readonly OfferFigures[], member: string | undefined): OfferFigures[] {
    return offers.filter(({ maker, taking }) => taking && member !== undefined && (maker === member || taking.taker === member));
}

export function Takings() {
    const { chain } = useServices();
    const { snapshot } = useChain();
    const [endings, setEndings] = useState<readonly Ending[]>([]);
    const member = snapshot?.wallet?.member?.address;
    const offers = snapshot?.offers;
    const before = useRef<{ member: string | undefined; takings: readonly OfferFigures[] }>(undefined);
    useEffect(() => {
        const takings = takingsOf(offers ?? [], member);
        const past = before.current;
        before.current = { member, takings };
        if (past?.member !== member) {
            setEndings([]); // another wallet's are not told
            return;
        }
        const keys = new Set(takings.map(keyOf));
        for (const offer of past?.takings.filter((each) => !keys.has(keyOf(each))) ?? []) {
            void endingOf(chain, offer).then((ending) => {
                if (before.current?.member === member) setEndings((told) => [...told, ending]);
            });
        }
    }, [chain, member, offers]);
    const takings = takingsOf(offers ?? [], member);
    return (
        <>
            {takings.map((offer) => (
                <Waiting key={keyOf(offer)} offer={offer} member={member ?? ''} />
            ))}
            {endings.map((ending) => (
                <Ended
                    key={ending.key}
                    ending={ending}
                    member={member ?? ''}
                    onDismiss={() => setEndings((told) => told.filter(({ key }) => key !== ending.key))}
                />
            ))}
        </>
    );
}

/** Whether the member buys in a taking. */
const buys = (offer: OfferFigures, member: string) => (offer.maker === member ? !offer.sells : offer.sells);

function Waiting({ member, offer }: { offer: OfferFigures; member: string }) {
    const { ts } = useChainTime();
    const { taking } = offer;
    if (!taking) {
        return null;
    }
    const lots = <Lots value={taking.lots} decimals={offer.lotDecimals} symbol={offer.symbol} />;
    if (ts > taking.untilTs) {
        return (
            <Notice
                kind="warn"
                action={
                    <ActionButton primary action={{ kind: 'keep', task: { kind: 'lapse-taking', offer: offer.address } }}>
                        Free the margin
                    </ActionButton>
                }
            >
                <strong>Not filled in time:</strong> {lots} that {offer.maker === member ? 'somebody has taken of you' : 'you have taken'}.{' '}
                <Money value={taking.locked} unit /> of your margin stays locked until somebody frees it.
            </Notice>
        );
    }
    return (
        <Notice
            action={
                <ActionButton action={{ kind: 'keep', task: { kind: 'fill-offer', offer: offer.address } }}>Fill it</ActionButton>
            }
        >
            <strong>
                {offer.maker === member ? 'Your offer is taken: you' : 'You'} {buys(offer, member) ? 'buy' : 'sell'} {lots}
            </strong>{' '}
            at the first price after the taking. {taking.isPriced ? 'A price after it is there.' : 'There is none in the mark yet.'}{' '}
            <span role="timer">{(taking.untilTs - ts).toString()} s left</span>; until then <Money value={taking.locked} unit /> of your margin is
            locked.
        </Notice>
    );
}

function Ended({ ending, member, onDismiss }: { ending: Ending; member: string; onDismiss: () => void }) {
    const { kind, offer, price } = ending;
    const lots = <Lots value={offer.taking?.lots ?? 0n} decimals={offer.lotDecimals} symbol={offer.symbol} />;
    return (
        <Notice
            live
            action={
                <button type="button" className="quiet" onClick={onDismiss}>
                    Dismiss
                </button>
            }
        >
            {kind === 'filled' && (
                <>
                    <strong className="good">Filled{price && <> at <FigureText figure={price} /></>}:</strong> you{' '}
                    {buys(offer, member) ? 'bought' : 'sold'} {lots}.
                </>
            )}
            {kind === 'lapsed' && (
                <>
                    <strong>Not filled:</strong> the taking of {lots} is over, and its margin is free again.
                </>
            )}
            {kind === 'unknown' && <>The taking of {lots} is over. The node does not say what came of it: look at your positions.</>}
        </Notice>
    );
}
