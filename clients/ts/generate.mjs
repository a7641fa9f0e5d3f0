// Writes the client from the IDL: `node generate.mjs <IDL file> <package folder>` makes src/generated in that folder.
// `cargo xtask codegen` calls it.

import { readFileSync } from 'node:fs';
import { rootNodeFromAnchor } from '@codama/nodes-from-anchor';
import { renderVisitor } from '@codama/renderers-js';
import { createFromRoot } from 'codama';

const [idlFile, packageFolder] = process.argv.slice(2);
if (!packageFolder) {
    console.error('usage: node generate.mjs <IDL file> <package folder>');
    process.exit(2);
}

const idl = JSON.parse(readFileSync(idlFile, 'utf8'));
// Anchor writes its alignment-1 integers as aliases that nothing refers to, and Codama has no node for them.
idl.types = (idl.types ?? []).filter(({ type }) => type.kind !== 'type');
// Codama wants the list even where it is empty.
idl.errors ??= [];

const codama = createFromRoot(rootNodeFromAnchor(idl));
await codama.accept(
    renderVisitor(packageFolder, {
        generatedFolder: 'src/generated',
        // One dependency: everything comes from @solana/kit.
        kitImportStrategy: 'rootOnly',
        // package.json is ours; its versions are pinned.
        syncPackageJson: false,
    }),
);
