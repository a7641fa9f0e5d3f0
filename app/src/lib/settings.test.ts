import { expect, test } from 'vitest';
import { explorerLink, urlProblem } from './settings.js';

test('a node is asked by https, or on this machine', () => {
    expect(urlProblem('https://rpc.example')).toBeUndefined();
    expect(urlProblem('http://127.0.0.1:8899')).toBeUndefined();
    expect(urlProblem('http://rpc.example')).toBe('Use https, or http for a node on this machine.');
    expect(urlProblem('javascript:alert(1)')).toBeDefined();
    expect(urlProblem('rpc.example')).toBe('This is not a URL.');
});

test('an explorer is a link to https, or none', () => {
    expect(explorerLink('https://explorer.example/tx/{signature}', 'a/b')).toBe('https://explorer.example/tx/a%2Fb');
    expect(explorerLink('javascript:alert("{signature}")', 'x')).toBeUndefined();
    expect(explorerLink('https://explorer.example', 'x')).toBeUndefined();
    expect(explorerLink(undefined, 'x')).toBeUndefined();
});
