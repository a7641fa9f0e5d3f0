/** Services of prices that are asked over HTTP, and what can be wrong with their answers. @module */

/** Names of what can go wrong between a service of prices and the chain. */
export type PriceErrorName =
    | 'malformed'
    | 'noQuorum'
    | 'noSuchFeed'
    | 'slow'
    | 'status'
    | 'tooLong'
    | 'unauthorised'
    | 'unknownFeed'
    | 'unreachable'
    | 'notConfigured'
    | 'notPostable'
    | 'ended';

/** There is no price that could be posted. */
export class PriceError extends Error {
    override readonly name = 'PriceError';

    constructor(
        readonly reason: PriceErrorName,
        message: string,
        options?: ErrorOptions,
    ) {
        super(message, options);
    }
}

/** What is known of a service before it is asked. */
export interface Service {
    /** What it is called. */
    readonly name: string;
    /** What it calls the secret that it asks for. */
    readonly secret: string;
    /** The most characters of an answer, or of an event of a stream. */
    readonly longest: number;
    /** What status 404 says of the feeds, if it says something. */
    readonly notFound?: string;
}

/** How one question is put: all that `fetch` takes, and another `fetch` than the platform's own. */
export interface Question extends RequestInit {
    readonly fetch?: typeof globalThis.fetch | undefined;
    /** Goes into the header `Authorization`. */
    readonly secret?: string | undefined;
}

/**
 * Asks a service, and gives its answer if it has a good status.
 *
 * @throws {@link PriceError} `unreachable`, `slow`, `unauthorised`, `unknownFeed`, `status`.
 */
export async function ask(service: Service, url: string, question: Question): Promise<Response> {
    const { fetch = globalThis.fetch, secret, ...init } = question;
    const headers = new Headers(init.headers);
    if (secret !== undefined) headers.set('Authorization', `Bearer ${secret}`);
    const response = await fetch(url, { ...init, headers }).catch((cause: unknown) => unreachable(service, cause));
    if (response.ok) return response;
    await response.body?.cancel();
    const { name, notFound } = service;
    switch (response.status) {
        case 401:
        case 403:
            throw new PriceError('unauthorised', `${name} refuses the ${service.secret}`);
        case 404:
            if (notFound !== undefined) throw new PriceError('unknownFeed', `${name} ${notFound}`);
    }
    throw new PriceError('status', `${name} answers ${response.status}`);
}

/**
 * The whole text of an answer.
 *
 * @throws {@link PriceError} `unreachable`, `slow`, `tooLong`.
 */
export async function wholeText(service: Service, response: Response): Promise<string> {
    let text = '';
    for await (const part of partsOf(service, response)) {
        text += part;
        requireShort(service, text, 'answer');
    }
    return text;
}

/**
 * The lines of an answer as they come, without their ends; a last one that has no end is left out.
 *
 * @throws {@link PriceError} `unreachable`, `slow`, `tooLong` for a line.
 */
export async function* linesOf(service: Service, response: Response): AsyncGenerator<string> {
    let rest = '';
    for await (const part of partsOf(service, response)) {
        const lines = (rest + part).split('\n');
        rest = lines.pop() ?? '';
        requireShort(service, rest, 'event');
        yield* lines;
    }
}

function requireShort({ longest, name }: Service, text: string, what: string): void {
    if (text.length > longest) {
        throw new PriceError('tooLong', `the ${what} of ${name} is longer than ${longest} characters`);
    }
}

async function* partsOf(service: Service, response: Response): AsyncGenerator<string> {
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    try {
        while (reader) {
            const { done, value } = await reader.read().catch((cause: unknown) => unreachable(service, cause));
            if (done) return;
            yield value;
        }
    } finally {
        await reader?.cancel().catch(() => undefined); // who stops reading wants no more of it
    }
}

function unreachable({ name }: Service, cause: unknown): never {
    if (cause instanceof Error && cause.name === 'TimeoutError') {
        throw new PriceError('slow', `${name} did not answer in time`, { cause });
    }
    throw new PriceError('unreachable', `${name} cannot be reached`, { cause });
}
