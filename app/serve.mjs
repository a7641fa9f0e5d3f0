// Serves the built app over HTTP, for local networks and for a look at a build: `node serve.mjs [--port N] [--config FILE]`.
// Prints its address as the first line. It has no dependencies, serves nothing but the files of `dist`, and stops when
// standard input ends if `--until-eof` is given.
import { createReadStream, existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CONTENT_POLICY_HEADER } from './policy.mjs';

const TYPES = {
    '.css': 'text/css; charset=utf-8',
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript; charset=utf-8',
    '.json': 'application/json; charset=utf-8',
    '.svg': 'image/svg+xml',
    '.wasm': 'application/wasm',
    '.woff2': 'font/woff2',
};

const HEADERS = {
    'content-security-policy': CONTENT_POLICY_HEADER,
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
};

/**
 * A server of a folder.
 *
 * @param {string} folder
 * @param {string | undefined} config JSON text served as `config.json`: the fund and RPC node that the app opens with
 */
export function appServer(folder, config) {
    const root = realpathSync(folder);
    return createServer((request, response) => {
        const answer = (status, headers, body) => {
            response.writeHead(status, { ...HEADERS, ...headers });
            response.end(request.method === 'HEAD' ? undefined : body);
        };
        if (request.method !== 'GET' && request.method !== 'HEAD') {
            answer(405, { allow: 'GET, HEAD' });
            return;
        }
        let path;
        try {
            path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
        } catch {
            answer(400, {});
            return;
        }
        if (path === '/config.json' && config !== undefined) {
            answer(200, { 'content-type': TYPES['.json'], 'cache-control': 'no-store' }, config);
            return;
        }
        const file = join(root, path.endsWith('/') ? `${path}index.html` : path);
        const isThere = file.startsWith(root + sep) && existsSync(file) && statSync(file).isFile();
        // No link may lead out of the folder.
        if (!isThere || !realpathSync(file).startsWith(root + sep)) {
            answer(404, { 'content-type': 'text/plain; charset=utf-8' }, 'not found\n');
            return;
        }
        // Names of built files change with what is in them.
        const cache = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
        const headers = { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'cache-control': cache };
        if (request.method === 'HEAD') {
            answer(200, headers);
            return;
        }
        response.writeHead(200, { ...HEADERS, ...headers });
        createReadStream(file).pipe(response);
    });
}

const USAGE = `Serves the built app over HTTP on this machine, and prints its address as the first line.

  node serve.mjs [--config FILE] [--port N] [--folder FOLDER] [--until-eof]

  --config FILE    settings that the app opens with, as app/README.md explains them
  --port N         5173 without it; 0 is any free one
  --folder FOLDER  the built app: dist beside this program without it
  --until-eof      stop when standard input ends`;

/** A mistake that is told in one line. */
class Mistake extends Error {}

/** What the command line asks for. */
function asked() {
    try {
        const { values } = parseArgs({
            options: {
                port: { type: 'string', default: '5173' },
                folder: { type: 'string', default: fileURLToPath(new URL('dist', import.meta.url)) },
                config: { type: 'string' },
                help: { type: 'boolean', short: 'h', default: false },
                'until-eof': { type: 'boolean', default: false },
            },
        });
        if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535) {
            throw new Mistake(`--port ${values.port}: a port is a number from 0 to 65535`);
        }
        return values;
    } catch (error) {
        console.error(`error: ${error.message}\n\n${USAGE}`);
        process.exit(2);
    }
}

/**
 * The text of a file of settings, if the app can open with it.
 *
 * @param {string} file
 */
function settings(file) {
    let config;
    const text = readFileSync(file, 'utf8');
    try {
        config = JSON.parse(text);
    } catch (error) {
        throw new Mistake(`${file} is no JSON: ${error.message}`);
    }
    const known = ['rpc', 'fund', 'genesis', 'program', 'claimsProgram', 'token', 'explorer', 'ledger'];
    const unknown = Object.keys(Object(config)).find((key) => !known.includes(key));
    if (typeof config !== 'object' || config === null || Array.isArray(config)) {
        throw new Mistake(`${file} is no JSON object`);
    }
    if (unknown !== undefined) {
        throw new Mistake(`${file}: there is no key ${unknown}: ${known.join(', ')}`);
    }
    if ((config.program === undefined) !== (config.claimsProgram === undefined)) {
        throw new Mistake(`${file}: program and claimsProgram are both set, or neither for a local network`);
    }
    return text;
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
    const values = asked();
    if (values.help) {
        console.log(USAGE);
        process.exit(0);
    }
    try {
        if (!existsSync(join(values.folder, 'index.html'))) {
            throw new Mistake(`${values.folder} has no built app: run \`cargo xtask app\` first`);
        }
        const server = appServer(values.folder, values.config === undefined ? undefined : settings(values.config));
        server.on('error', (error) => {
            const hint = error.code === 'EADDRINUSE' ? ': name another --port' : '';
            console.error(`error: cannot serve the app: ${error.message}${hint}`);
            process.exit(1);
        });
        server.listen(Number(values.port), '127.0.0.1', () => {
            console.log(`http://127.0.0.1:${server.address().port}/`);
        });
        if (values['until-eof']) {
            process.stdin.on('end', () => process.exit(0)).resume();
        }
    } catch (error) {
        console.error(`error: ${error.message}`);
        process.exit(1);
    }
}
