/** The messages between the page and its worker. @module */

import type {
    Action,
    ActionOutcome,
    ActionStep,
    ClaimsReading,
    Connection,
    DecodedInstruction,
    HistoryEntry,
    Preview,
    PrintedInstruction,
    ShockPoint,
    Snapshot,
    Target,
} from './model.js';

/** Questions with one answer each. */
export interface Questions {
    preview: { readonly ask: { readonly action: Action; readonly wallet: string }; readonly answer: Preview };
    perform: { readonly ask: { readonly action: Action; readonly wallet: string }; readonly answer: ActionOutcome };
    print: { readonly ask: { readonly action: Action; readonly authority: string }; readonly answer: PrintedInstruction };
    inspect: { readonly ask: { readonly text: string }; readonly answer: readonly DecodedInstruction[] };
    shock: { readonly ask: Record<never, never>; readonly answer: readonly ShockPoint[] };
    history: { readonly ask: { readonly account: string }; readonly answer: readonly HistoryEntry[] };
    /** What a list or a proof says about a loss, for a wallet. */
    claims: {
        readonly ask: { readonly loss: string; readonly text: string; readonly wallet: string | undefined };
        readonly answer: ClaimsReading;
    };
    faucet: { readonly ask: { readonly wallet: string }; readonly answer: { readonly tokens: bigint } };
}
export type QuestionName = keyof Questions;

/** From the page to its worker. */
export type ToWorker =
    | { readonly kind: 'open'; readonly target: Target }
    | { readonly kind: 'watch'; readonly wallet: string | undefined }
    | { readonly kind: 'visible'; readonly isVisible: boolean }
    | { readonly kind: 'refresh' }
    | { readonly kind: 'ask'; readonly id: number; readonly name: QuestionName; readonly ask: unknown }
    | { readonly kind: 'signed'; readonly id: number; readonly transaction: Uint8Array }
    | { readonly kind: 'not-signed'; readonly id: number; readonly declined: boolean; readonly reason: string };

/** From the worker to its page. */
export type ToPage =
    | { readonly kind: 'connection'; readonly connection: Connection }
    | { readonly kind: 'snapshot'; readonly snapshot: Snapshot }
    | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
    | { readonly kind: 'failure'; readonly id: number; readonly name: string; readonly message: string }
    | { readonly kind: 'step'; readonly id: number; readonly step: ActionStep; readonly signature: string | undefined }
    | { readonly kind: 'sign'; readonly id: number; readonly wallet: string; readonly transaction: Uint8Array };
