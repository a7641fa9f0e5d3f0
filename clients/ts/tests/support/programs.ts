/** Lets the tests run against programs that were built for other addresses. @module */

import { programsFrom, setPrograms } from '../../src/index.js';

export const programsOfEnvironment = () =>
    programsFrom(process.env['BULKHEAD_PROGRAM_ID'], process.env['BULKHEAD_COVER_PROGRAM_ID']);

setPrograms(programsOfEnvironment());
