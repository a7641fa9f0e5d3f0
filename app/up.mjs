// Runs a local network and serves the app for it: `node up.mjs COMMAND ARGUMENTS…`, where the command is one that prints the
// addresses of its fund and its RPC node, as lines of text or, with `--json`, as one line of JSON. The address of the app comes
// first. It ends when the network ends, with its exit code.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { appServer } from './serve.mjs';

/** The port that is tried first, so that a page that is open finds the next network again. */
const USUAL_PORT = 4747;

const DIST = fileURLToPath(new URL('dist', import.meta.url));

/** Finds the addresses that the app needs in a network's first lines; that of the ledger, if there is one, comes before. */
export function addressesIn(lines) {
    for (const line of lines) {
        if (line.startsWith('{')) {
            const { fund, rpc, ledger } = JSON.parse(line);
            return fund && rpc ? { fund, rpc, ...(ledger && { ledger }) } : undefined;
        }
    }
    const after = (name) => lines.find((line) => line.startsWith(`${name} `))?.slice(name.length).trim();
    const [rpc, fund, ledger] = [after('RPC'), after('fund'), after('ledger')];
    return fund && rpc ? { fund, rpc, ...(ledger && { ledger }) } : undefined;
}

/** The programs that the network runs: it reads the same variables. Without them they are those of local networks. */
export function programsIn({ BULKHEAD_PROGRAM_ID: program, BULKHEAD_COVER_PROGRAM_ID: claimsProgram }) {
    return program ? { program, claimsProgram } : {};
}

/** The genesis hash of the network: the app refuses another one. */
async function genesisOf(rpc) {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'getGenesisHash' });
    const answer = await fetch(rpc, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return (await answer.json()).result;
}

/** Serves the app, on the usual port if nobody else has it. */
async function serve(config) {
    for (const port of [USUAL_PORT, 0]) {
        const server = appServer(DIST, JSON.stringify(config));
        const isListening = await new Promise((resolve) => {
            server.once('error', () => resolve(false));
            server.listen(port, '127.0.0.1', () => resolve(true));
        });
        if (isListening) {
            return `http://127.0.0.1:${server.address().port}/`;
        }
    }
    throw new Error('no port is free');
}

async function main([command, ...args]) {
    if (!command || !existsSync(DIST)) {
        throw new Error(command ? `${DIST} is missing: \`cargo xtask app\` builds it` : 'which network?');
    }
    const network = spawn(command, args, { stdio: ['inherit', 'pipe', 'inherit'] });
    // The network has got the signal too: it removes its keys, and this ends with it.
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => network.kill('SIGTERM'));
    network.on('error', (error) => {
        console.error(`cannot start ${command}: ${error.message}`);
        process.exit(1);
    });
    network.on('close', (code) => process.exit(code ?? 1));

    let held = [];
    let chain = Promise.resolve();
    const tell = async (line) => {
        if (held === undefined) {
            console.log(line);
            return;
        }
        held.push(line);
        const addresses = addressesIn(held);
        if (addresses) {
            const genesis = await genesisOf(addresses.rpc);
            const app = await serve({ ...addresses, ...programsIn(process.env), genesis, token: 'tUSDC' });
            const isJson = line.startsWith('{');
            if (!isJson) console.log(`app        ${app}`);
            held.forEach((before) => console.log(isJson ? JSON.stringify({ app, ...JSON.parse(before) }) : before));
            held = undefined;
        }
    };
    createInterface(network.stdout).on('line', (line) => {
        // One after the other: the address comes before everything else.
        chain = chain.then(() => tell(line));
    });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    main(process.argv.slice(2)).catch((error) => {
        console.error(error.message);
        process.exit(1);
    });
}
