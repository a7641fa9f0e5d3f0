import { Link } from 'wouter';
import type { DueTask, TaskKind } from '../chain/model.js';
import { ActionButton } from '../components/action.js';
import { useSnapshot, useWallet } from '../components/context.js';
import { Card, Notice, Page } from '../components/parts.js';
import { Money, ShortAddress } from '../components/text.js';

const GROUPS: readonly { readonly kinds: readonly TaskKind[]; readonly title: string; readonly none: string }[] = [
    { kinds: ['loss', 'default'], title: 'Losses and defaults', none: 'No default is declarable and none waits for its allocation.' },
    { kinds: ['liquidation'], title: 'Members below maintenance', none: 'Every member meets its maintenance margin.' },
    { kinds: ['house'], title: 'The house', none: 'The house holds nothing.' },
    { kinds: ['taking'], title: 'Takings of offers', none: 'No taking waits for its price.' },
    { kinds: ['call'], title: 'Calls', none: 'No assessment or contribution call is due.' },
    { kinds: ['wind-down'], title: 'Wind-down', none: '' },
    { kinds: ['upkeep'], title: 'Upkeep', none: 'Premiums are collected, prices are fresh, records are young.' },
];

export function KeeperPage() {
    const { due, fund } = useSnapshot();
    const { connected } = useWallet();
    return (
        <Page
            title="Keeper desk"
            lead="What anyone may do now, judged at the marks in the accounts. Each action brings newer prices along, and the simulation before you sign says what it costs and whether it is still due."
        >
            {!connected && <Notice>Connect a wallet to act. A bounty goes to the wallet’s member account.</Notice>}
            <div className="grid">
                {GROUPS.filter(({ kinds }) => fund.status === 'wind-down' || !kinds.includes('wind-down')).map(
                    ({ kinds, none, title }) => {
                        const tasks = due.filter(({ kind }) => kinds.includes(kind));
                        return (
                            <Card key={title} title={title} aside={<span className="muted">{tasks.length} due</span>}>
                                {tasks.length === 0 ? <p className="muted">{none || 'Nothing is due.'}</p> : <Tasks tasks={tasks} title={title} />}
                            </Card>
                        );
                    },
                )}
            </div>
        </Page>
    );
}

/** Rows that are drawn at once: more are not looked at, and drawing thousands would freeze the page. */
const ROWS = 50;

function Tasks({ tasks, title }: { tasks: readonly DueTask[]; title: string }) {
    const { wallet } = useSnapshot();
    return (
        <>
            <ul className="tasks" aria-label={`${title}: what is due`}>
                {tasks.slice(0, ROWS).map(({ id, kind, needsMember, pays, task, title: what, why }) => (
                    <li key={id}>
                        <div className="what">
                            <strong>{what}</strong>{' '}
                            {'member' in task && (
                                <span className="muted small">
                                    member <ShortAddress value={task.member} />
                                </span>
                            )}
                            <br />
                            <span className="muted small">{why}</span>
                        </div>
                        <div className="pays">
                            {pays === undefined ? (
                                <span className="muted">pays nothing</span>
                            ) : (
                                <>
                                    <span className="muted small">pays up to</span> <Money value={pays} unit />
                                </>
                            )}
                        </div>
                        <div className="do">
                            {kind === 'house' && 'market' in task ? (
                                <Link className="button" href={`/markets/${task.market}`}>
                                    To the auction
                                </Link>
                            ) : (
                                <ActionButton action={{ kind: 'keep', task }} disabled={needsMember && !wallet?.member}>
                                    Do it
                                </ActionButton>
                            )}
                        </div>
                    </li>
                ))}
            </ul>
            {tasks.length > ROWS && (
                <p className="muted small">
                    The first {ROWS} of {tasks.length}.
                </p>
            )}
        </>
    );
}
