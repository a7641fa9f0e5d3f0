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

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
    const { values } = parseArgs({
        options: {
            port: { type: 'string', default: '5173' },
            folder: { type: 'string', default: fileURLToPath(new URL('dist', import.meta.url)) },
            config: { type: 'string' },
            'until-eof': { type: 'boolean', default: false },
        },
    });
    const config = values.config === undefined ? undefined : readFileSync(values.config, 'utf8');
    const server = appServer(values.folder, config);
    server.on('error', (error) => {
        console.error(`cannot serve the app: ${error.message}`);
        process.exit(1);
    });
    server.listen(Number(values.port), '127.0.0.1', () => {
        console.log(`http://127.0.0.1:${server.address().port}/`);
    });
    if (values['until-eof']) {
        process.stdin.on('end', () => process.exit(0)).resume();
    }
}
