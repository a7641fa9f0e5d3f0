// The content policy of the app's pages: what they may load, and where they may connect to. Scripts, styles and fonts are the app's own, without
// exception; the one thing compiled at run time is the math crate's WebAssembly. Connections are free, because everybody
// chooses their own RPC node.
const LOCAL = ['localhost:*', '127.0.0.1:*'].flatMap((host) => [`http://${host}`, `ws://${host}`]);

/** The policy, as a page can state it itself. */
export const CONTENT_POLICY = [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    // Wallets bring their icons as data.
    "img-src 'self' data:",
    `connect-src 'self' https: wss: ${LOCAL.join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
].join('; ');

/** The same as a header, which alone can forbid other pages to frame this one. */
export const CONTENT_POLICY_HEADER = `${CONTENT_POLICY}; frame-ancestors 'none'`;
