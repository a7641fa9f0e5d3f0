/** The parts that pages are put together from. @module */

import { useId, type ReactNode } from 'react';

export function Page({ children, lead, title }: { title: ReactNode; lead?: ReactNode; children: ReactNode }) {
    return (
        <>
            <div className="page-head">
                <h1>{title}</h1>
                {lead && <p>{lead}</p>}
            </div>
            {children}
        </>
    );
}

export function Card({
    aside,
    children,
    hint,
    span = 12,
    title,
}: {
    title: string;
    span?: 4 | 5 | 6 | 7 | 8 | 12;
    hint?: ReactNode;
    aside?: ReactNode;
    children: ReactNode;
}) {
    const id = useId();
    return (
        <section className={`card span-${span}`} aria-labelledby={id}>
            <header>
                <h2 id={id}>{title}</h2>
                {aside}
                {hint && <p className="small">{hint}</p>}
            </header>
            {children}
        </section>
    );
}

export function Stats({ children }: { children: ReactNode }) {
    return <dl className="stats">{children}</dl>;
}

export function Stat({ label, note, value }: { label: string; value: ReactNode; note?: ReactNode }) {
    return (
        <div className="stat">
            <dt>{label}</dt>
            <dd>{value}</dd>
            {note && <dd className="note">{note}</dd>}
        </div>
    );
}

export function Facts({ children }: { children: ReactNode }) {
    return <dl className="facts">{children}</dl>;
}

export function Fact({ children, label }: { label: string; children: ReactNode }) {
    return (
        <>
            <dt>{label}</dt>
            <dd>{children}</dd>
        </>
    );
}

/** A table that scrolls by itself where it is wider than the page. */
export function Table({
    caption,
    className,
    head,
    children,
}: {
    caption: string;
    className?: string;
    head: readonly (string | { readonly label: string; readonly number: true; readonly className?: string })[];
    children: ReactNode;
}) {
    return (
        // A region that scrolls must be reachable by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className="table-scroll" role="group" aria-label={caption} tabIndex={0}>
            <table className={className}>
                <caption className="visually-hidden">{caption}</caption>
                <thead>
                    <tr>
                        {head.map((column) =>
                            typeof column === 'string' ? (
                                <th key={column} scope="col">
                                    {column === '' ? <span className="visually-hidden">Action</span> : column}
                                </th>
                            ) : (
                                <th key={column.label} scope="col" className={`number ${column.className ?? ''}`}>
                                    {column.label}
                                </th>
                            ),
                        )}
                    </tr>
                </thead>
                <tbody>{children}</tbody>
            </table>
        </div>
    );
}

/** A right-aligned column. */
export const number = (label: string, className = '') => ({ label, number: true, className }) as const;

export function Notice({
    action,
    children,
    kind = 'info',
    live = false,
}: {
    kind?: 'info' | 'warn' | 'loss';
    action?: ReactNode;
    live?: boolean;
    children: ReactNode;
}) {
    return (
        <div className={`notice ${kind}`} role={live ? 'status' : undefined}>
            <div>{children}</div>
            {action}
        </div>
    );
}

/** Draws the used part of a limit. */
export function Gauge({ label, limit, value }: { label: string; value: bigint; limit: bigint }) {
    const part = limit === 0n ? (value === 0n ? 0 : 1) : Number((value * 1_000n) / limit) / 1_000;
    const percent = Math.min(100, Math.round(part * 100));
    return (
        <div
            className={value > limit ? 'gauge over' : 'gauge'}
            role="meter"
            aria-label={label}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={percent}
            aria-valuetext={`${Math.round(part * 100)}% of the limit`}
        >
            <span style={{ width: `${percent}%` }} />
        </div>
    );
}

/** Says that a figure needs history, which no service provides. */
export function NeedsLedger({ what }: { what: string }) {
    return (
        <p className="muted small">
            {what} needs a ledger service, and none is configured. What you see here is read from the chain and is as of now.
        </p>
    );
}
