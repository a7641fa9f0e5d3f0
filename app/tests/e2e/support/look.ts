/** A look at pages: light and dark, wide and narrow; axe has nothing to say, nothing is cut off, and pictures are kept. */

import { type KeyPairSigner } from '@solana/kit';
import { expect } from 'vitest';
import { connect, expectQuiet, go, picture, violations, type Actor, type Stage } from './stage.js';

const LOOKS = [
    { scheme: 'light', width: 1280 },
    { scheme: 'dark', width: 1280 },
    { scheme: 'light', width: 360 },
    { scheme: 'dark', width: 360 },
] as const;

/** Looks at pages in every way that there is; without a wallet, as somebody who has none. */
export async function look(name: string, stage: Stage, wallet: KeyPairSigner | undefined, pages: readonly string[]): Promise<void> {
    const found: string[] = [];
    for (const { scheme, width } of LOOKS) {
        const actor = await stage.enter({ ...(wallet && { wallet }), scheme, width });
        await actor.page.getByRole('heading', { name: 'The fund' }).waitFor();
        if (wallet) await connect(actor);
        for (const path of pages) {
            await go(actor, path);
            await settled(actor);
            await picture(actor, `${name}${path === '/' ? '-fund' : path.replaceAll('/', '-')}-${width}-${scheme}`);
            const said = [...(await violations(actor)), ...(await cutOff(actor))];
            found.push(...said.map((text) => `${name} ${path} ${width} ${scheme}: ${text}`));
        }
        expectQuiet([actor]);
        await actor.context.close();
    }
    expect(found).toEqual([]);
}

/** Waits until the page has what it shows. */
export async function settled({ page }: Actor): Promise<void> {
    await page.locator('main h1').waitFor();
    await page.waitForFunction(() => !/One moment|Reading|Computing|Asking the/.test(document.querySelector('main')?.textContent ?? ''));
    await page.evaluate(() => document.fonts.ready);
}

/** Finds a page or a dialog that is wider than there is room: it would be cut off, or scroll sideways. */
export async function cutOff({ page }: Actor): Promise<string[]> {
    return page.evaluate(() => {
        const frames = [document.documentElement, ...document.querySelectorAll('dialog[open]')];
        return frames
            .filter(({ clientWidth, scrollWidth }) => scrollWidth > clientWidth)
            .map(({ clientWidth, scrollWidth, tagName }) => `the ${tagName.toLowerCase()} is ${scrollWidth} wide in a room of ${clientWidth}`);
    });
}
