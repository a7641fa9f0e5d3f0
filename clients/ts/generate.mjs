// Writes the client of a program from its IDL: `node generate.mjs <IDL file> <package folder> <folder in it>`.
// `cargo xtask codegen` calls it.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { rootNodeFromAnchor } from '@codama/nodes-from-anchor';
import { renderVisitor } from '@codama/renderers-js';
import { createFromRoot } from 'codama';

const [idlFile, packageFolder, generatedFolder] = process.argv.slice(2);
if (!generatedFolder) {
    console.error('usage: node generate.mjs <IDL file> <package folder> <folder in it>');
    process.exit(2);
}

let idl = JSON.parse(readFileSync(idlFile, 'utf8'));
// Anchor writes its alignment-1 integers as aliases, for which Codama has no node: put what they stand for in their place.
const isAlias = ({ type }) => type.kind === 'type';
const aliases = new Map((idl.types ?? []).filter(isAlias).map(({ name, type }) => [name, type.alias]));
const resolve = (node) => {
    if (Array.isArray(node)) return node.map(resolve);
    if (node === null || typeof node !== 'object') return node;
    const alias = aliases.get(node.defined?.name);
    if (alias !== undefined) return resolve(alias);
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, resolve(value)]));
};
idl = resolve({ ...idl, types: (idl.types ?? []).filter((type) => !isAlias(type)) });
// Codama wants the lists even where they are empty.
idl.errors ??= [];
idl.events ??= [];
// Codama has no code for events: as types of their own they get decoders.
const eventType = (name) => `${name}Event`;
const events = new Set(idl.events.map(({ name }) => name));
idl.types.push(
    ...idl.types.filter(({ name }) => events.has(name)).map((type) => ({ ...type, name: eventType(type.name) })),
);

// As Codama names files: `bulkhead_cover` is `bulkheadCover.ts`.
const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
const codama = createFromRoot(rootNodeFromAnchor(idl));
await codama.accept(
    renderVisitor(packageFolder, {
        generatedFolder,
        // One dependency: everything comes from @solana/kit.
        kitImportStrategy: 'rootOnly',
        // package.json is ours; its versions are pinned.
        syncPackageJson: false,
    }),
);

// The renderer states a return type that `extendClient` of kit no longer has; the present one has a name.
const programFile = join(packageFolder, generatedFolder, 'programs', `${camel(idl.metadata.name)}.ts`);
const program = readFileSync(programFile, 'utf8');
const outdated = /Omit<T, "(\w+)"> & (\{ \1: \w+ \})/;
if (!outdated.test(program)) {
    throw new Error(`${programFile} has no outdated return type any more: remove this step`);
}
writeFileSync(
    programFile,
    program
        .replace(outdated, 'ExtendedClient<T, $2>')
        .replace(/^import /m, 'import type { ExtendedClient } from "@solana/kit";\n$&'),
);

// Codama's texts are not there in production, and in a browser it asks for a `process` that there is none of.
const errorsFile = join(packageFolder, generatedFolder, 'errors', `${camel(idl.metadata.name)}.ts`);
const errors = readFileSync(errorsFile, 'utf8');
const messages = /let \w+Messages[^]*?(export function get\w+Message\(code: \w+\): string \{)[^]*?\n\}\n/;
if (!messages.test(errors)) {
    throw new Error(`${errorsFile} has no messages in the old form any more: remove this step`);
}
writeFileSync(
    errorsFile,
    errors
        .replace(messages, '$1\n  return ERROR_TEXTS[code].text;\n}\n')
        .replace(/^import /m, 'import { ERROR_TEXTS } from "../errorTexts";\n$&'),
);

// The address is a parameter: a program has another one on each network, and what was generated reads the one that is set.
const constant = (name) => `${name.toUpperCase()}_PROGRAM_ADDRESS`;
const own = constant(idl.metadata.name);
const fixed = new RegExp(`export const ${own} =\\s*"(\\w+)" as Address<"\\1">;`);
const withProgram = readFileSync(programFile, 'utf8');
if (!fixed.test(withProgram)) {
    throw new Error(`${programFile} has no fixed address any more: remove this step`);
}
writeFileSync(
    programFile,
    withProgram
        .replace(
            fixed,
            `/** The program's address on local networks. */
export const LOCAL_${own} = "$1" as Address;

/** The program's address: that of local networks, until another one is set. */
export let ${own}: Address = LOCAL_${own};

/** Sets the program's address. */
export function set${camel(`_${idl.metadata.name}`)}ProgramAddress(address: Address): void {
  ${own} = address;
}`,
        )
        .replaceAll(`"${idl.address}",`, 'string,'),
);

// Where it was put into other files, and where one program names the other.
const OTHERS = { bulkhead_cover: { name: 'bulkhead', from: '../../generated/index' } };
const other = OTHERS[idl.metadata.name];
const places = [{ address: idl.address, name: own, from: '../programs/index' }];
if (other) {
    const named = idl.instructions.flatMap(({ accounts }) => accounts.filter(({ name }) => name === other.name));
    places.push({ address: named.find(({ address }) => address).address, name: constant(other.name), from: other.from });
}
for (const folder of ['pdas', 'instructions']) {
    const path = join(packageFolder, generatedFolder, folder);
    for (const file of existsSync(path) ? readdirSync(path) : []) {
        let text = readFileSync(join(path, file), 'utf8');
        for (const { address, from, name } of places) {
            const value = `"${address}" as Address<"${address}">`;
            if (text.includes(value)) {
                text = text.replaceAll(value, name);
                if (!new RegExp(`import \\{[^}]*\\b${name}\\b[^}]*\\} from`).test(text)) {
                    text = text.replace(/^import /m, `import { ${name} } from "${from}";\n$&`);
                }
            }
            text = text.replaceAll(`"${address}"`, 'string');
        }
        writeFileSync(join(path, file), text);
    }
}

// What Codama leaves out.
const header = `// Made by generate.mjs from the IDL: do not edit.\n`;
const generated = join(packageFolder, generatedFolder);
const quote = (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const docOf = (name) => idl.types.find((type) => type.name === name)?.docs?.join(' ') ?? '';

writeFileSync(
    join(generated, 'events.ts'),
    `${header}
import * as types from './types/index.js';

/** Every event of the program: the bytes it begins with, and the decoder of what follows them. */
export const EVENTS = {
${idl.events
    .map(
        ({ name, discriminator }) => `    /** ${docOf(name)} */
    ${name}: { discriminator: [${discriminator.join(', ')}], decoder: types.get${eventType(name)}Decoder },
`,
    )
    .join('')}} as const;
`,
);

writeFileSync(
    join(generated, 'errorTexts.ts'),
    `${header}
/** Name and text of every error of the program, by its code. */
export const ERROR_TEXTS = {
${idl.errors.map(({ code, name, msg }) => `    ${code}: { name: '${name}', text: ${quote(msg)} },\n`).join('')}} as const;
`,
);

// Node resolves neither folders nor files without their ending.
const sources = (folder) =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        return entry.isDirectory() ? sources(path) : [path];
    });
for (const source of sources(generated)) {
    const whole = (_, start, path, end) => {
        const isFolder = existsSync(join(dirname(source), path, 'index.ts'));
        return `${start}${path}${isFolder ? '/index' : ''}.js${end}`;
    };
    const text = readFileSync(source, 'utf8');
    writeFileSync(source, text.replace(/(from ")(\.{1,2}(?:\/[^"]+?)?)(?:\.js)?(")/g, whole));
}
