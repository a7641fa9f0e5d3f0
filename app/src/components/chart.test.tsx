import { cleanup, render, screen, within } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { bounds, spread, TimeChart } from './chart.js';

afterEach(cleanup);

test('the axis begins at zero, or around what there is', () => {
    expect(bounds([3n, 70n], true)).toEqual([0n, 80n]);
    expect(bounds([900n, 1_000n], false)).toEqual([890n, 1_010n]);
    expect(bounds([1_000n], false)).toEqual([990n, 1_010n]);
    expect(bounds([], true)).toEqual([0n, 1n]);
});

test('a table takes even places, and the last one', () => {
    expect(spread(3, 12)).toEqual([0, 1, 2]);
    expect(spread(101, 5)).toEqual([0, 25, 50, 75, 100]);
});

test('every series has its column, and a moment without a value a dash', () => {
    const series = [
        { label: 'One', className: 'series-accent', values: [1n, undefined] },
        { label: 'Two', className: 'series-quiet', values: [3n, 4n] },
    ];
    render(<TimeChart caption="Both" times={[0n, 60n]} series={series} format={(value) => `${value}!`} />);
    const rows = within(screen.getByRole('table')).getAllByRole('row');
    expect(rows.map((row) => row.textContent)).toEqual(['TimeOneTwo', expect.stringMatching(/–4!$/), expect.stringMatching(/1!3!$/)]);
});

test('the areas of a stack lie on one another', () => {
    const series = [
        { label: 'Below', className: 'layer-treasury', values: [1n, 1n] },
        { label: 'Above', className: 'layer-survivors', values: [2n, 3n] },
    ];
    const { container } = render(<TimeChart caption="Stack" times={[0n, 60n]} series={series} format={String} stacked />);
    // The axis reaches 4 over 156 units of height: 1 is at 127, 3 at 49, 4 at 10.
    const [below, above] = [...container.querySelectorAll('path')].map((path) => path.getAttribute('d') ?? '');
    expect(below).toMatch(/^M64,127H\d+V127L\d+,166L64,166Z$/);
    expect(above).toMatch(/^M64,49H\d+V10L\d+,127V127H64Z$/);
});

test('no reading is said in words', () => {
    render(<TimeChart caption="None" times={[]} series={[]} format={String} />);
    screen.getByText('The ledger has no reading yet.');
});
