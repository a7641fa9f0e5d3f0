/** The browser's own dialog: it traps the focus, closes on Escape, and gives the focus back. @module */

import { useEffect, useId, useRef, type ReactNode } from 'react';

export function Dialog({
    children,
    onClose,
    title,
}: {
    title: string;
    onClose: () => void;
    children: ReactNode;
}) {
    const id = useId();
    const dialog = useRef<HTMLDialogElement>(null);
    useEffect(() => {
        const element = dialog.current;
        if (element && !element.open) {
            element.showModal();
        }
        return () => element?.close();
    }, []);
    return (
        <dialog ref={dialog} aria-labelledby={id} onClose={onClose}>
            <div className="dialog-body">
                <div className="dialog-head">
                    <h2 id={id}>{title}</h2>
                    <button type="button" aria-label="Close" onClick={() => dialog.current?.close()}>
                        <span aria-hidden="true">✕</span>
                    </button>
                </div>
                {children}
            </div>
        </dialog>
    );
}
