// Writes the client from the IDL: `node generate.mjs <IDL file> <package folder>` makes src/generated in that folder.
// `cargo xtask codegen` calls it.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootNodeFromAnchor } from '@codama/nodes-from-anchor';
import { renderVisitor } from '@codama/renderers-js';
import { createFromRoot } from 'codama';

const [idlFile, packageFolder] = process.argv.slice(2);
if (!packageFolder) {
    console.error('usage: node generate.mjs <IDL file> <package folder>');
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
// Codama wants the list even where it is empty.
idl.errors ??= [];

const generatedFolder = 'src/generated';
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
const programFile = join(packageFolder, generatedFolder, 'programs', `${idl.metadata.name}.ts`);
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
