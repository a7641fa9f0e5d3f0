import { createSolanaRpc, type Address, type TransactionSigner } from '@solana/kit';
import { FundClient, Quotes, TransactionFailed, formatTokens, parseTokens, send } from 'bulkhead-client';

export async function example(url: string, address: Address, owner: TransactionSigner): Promise<void> {
    const rpc = createSolanaRpc(url);
    const fund = await FundClient.load(rpc, address);
    const state = await fund.fund();

    // Become a member: actions are lists of instructions, and lists go together into one transaction.
    const isNew = !(await fund.memberExists(owner.address));
    const { events } = await send(rpc, owner, [
        ...(isNew ? await fund.openMember({ owner }) : []),
        ...(await fund.depositMargin({ depositor: owner, amount: parseTokens('5000', state) })),
        ...(await fund.contribute({ owner, amount: parseTokens('1000.5', state) })),
    ]);
    console.log(events.map(({ name }) => name).join(', '));

    // What can be withdrawn now, in the program's own arithmetic.
    const member = await fund.member(await fund.memberOf(owner.address));
    const quotes = await Quotes.load();
    const [after, markets, moment] = await Promise.all([fund.fund(), fund.markets(), fund.moment()]);
    const { freeMargin } = quotes.requirementsOf(member, after, markets, moment);
    console.log(`free: ${formatTokens(freeMargin, state)}`);

    // A refusal has a name and an advice.
    try {
        await send(rpc, owner, await fund.withdrawMargin({ owner, amount: freeMargin + 1n }));
    } catch (error) {
        if (!(error instanceof TransactionFailed)) throw error;
        console.log(`${error.programError?.name}: ${error.programError?.advice}`);
    }
}
