/**
 * Client of Bulkhead, a clearing fund on Solana.
 *
 * {@link FundClient} builds transactions, {@link send} sends them, {@link explain} says why one was refused,
 * {@link eventsFromLogs} reads what one did; everything that is generated from the program's IDL is here too.
 *
 * @module
 */

export * from './account.js';
export * from './address.js';
export * from './change.js';
export * from './claims.js';
export * from './closing.js';
export * from './entitlement.js';
export * from './error.js';
export * from './event.js';
export * from './exitClock.js';
export * from './fund.js';
export * from './generated/index.js';
export * as cover from './generatedCover/index.js';
export * from './hermes.js';
export * from './offer.js';
export * from './policies.js';
export { isHeard, type Heard } from './print.js';
export * from './pro.js';
export * from './program.js';
export * from './quote.js';
export * from './send.js';
export { PriceError, type PriceErrorName } from './service.js';
export * from './subscribe.js';
export * from './units.js';
export * from './vesting.js';
