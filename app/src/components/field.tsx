/** Fields that read numbers exactly. @module */

import { parseDecimal } from 'bulkhead-client';
import { useId, type ReactNode } from 'react';
import { exact, plainNumber } from '../lib/format.js';
import { useToken } from './context.js';

/** The meaning of a text: a number, nothing yet, or the reason that it is none. */
export type Amount =
    | { readonly kind: 'empty' }
    | { readonly kind: 'amount'; readonly value: bigint }
    | { readonly kind: 'problem'; readonly text: string };

/** Reads a decimal number that is not negative. */
export function readAmount(text: string, decimals: number, most?: bigint, mostText = 'there is'): Amount {
    const plain = plainNumber(text);
    if (plain === '') {
        return { kind: 'empty' };
    }
    if (!/^\d+(\.\d+)?$/.test(plain)) {
        return { kind: 'problem', text: 'Write a number such as 1250.50, with a point before the decimals.' };
    }
    let value: bigint;
    try {
        value = parseDecimal(plain, decimals);
    } catch {
        return {
            kind: 'problem',
            text: decimals === 0 ? 'There are whole numbers only.' : `There are ${decimals} decimals at most.`,
        };
    }
    if (most !== undefined && value > most) {
        return { kind: 'problem', text: `This is more than ${mostText}: ${exact(most, decimals)}.` };
    }
    return { kind: 'amount', value };
}

export function NumberField({
    amount,
    hint,
    label,
    onChange,
    text,
    unit,
    all,
    children,
}: {
    label: string;
    text: string;
    amount: Amount;
    unit: string;
    /** Stands beside the field: its button. */
    children?: ReactNode;
    hint?: ReactNode;
    /** The text that a click on “All of it” writes. */
    all?: string | undefined;
    onChange: (text: string) => void;
}) {
    const id = useId();
    const isWrong = amount.kind === 'problem';
    return (
        <div className="field">
            <label htmlFor={id}>{label}</label>
            <div className="beside">
                <div className="with-unit">
                    <input
                        id={id}
                        type="text"
                        inputMode="decimal"
                        autoComplete="off"
                        value={text}
                        aria-invalid={isWrong}
                        aria-describedby={`${id}-hint`}
                        onChange={(event) => onChange(event.target.value)}
                    />
                    <span className="suffix">{unit}</span>
                </div>
                {children}
            </div>
            <span id={`${id}-hint`}>
                {isWrong && (
                    <span className="problem" role="alert">
                        {amount.text}{' '}
                    </span>
                )}
                {hint && <span className="hint">{hint}</span>}
                {all !== undefined && (
                    <button type="button" className="quiet inline" onClick={() => onChange(all)}>
                        All of it<span className="visually-hidden">: {label}</span>
                    </button>
                )}
            </span>
        </div>
    );
}

/** A field for an amount of the settlement token. */
export function MoneyField(props: {
    label: string;
    text: string;
    amount: Amount;
    most?: bigint;
    hint?: ReactNode;
    children?: ReactNode;
    onChange: (text: string) => void;
}) {
    const { decimals, name } = useToken();
    const { most, ...rest } = props;
    return <NumberField {...rest} unit={name} all={most === undefined ? undefined : exact(most, decimals)} />;
}

/** The number in an amount; zero where there is none. */
export const amountOr0 = (amount: Amount): bigint => (amount.kind === 'amount' ? amount.value : 0n);
