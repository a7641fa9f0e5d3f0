/** The program's arithmetic, from disk. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Quotes } from 'bulkhead-client';

/** Tests run in the folder of the app. */
export const loadQuotes = (): Promise<Quotes> =>
    Quotes.load(new Uint8Array(readFileSync(join(process.cwd(), '../clients/ts/quotes.wasm'))));
