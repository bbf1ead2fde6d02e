// The cheat sheet.
import { Fragment } from 'react'
import { Dialog } from './dialog.tsx'
import type { Words } from './words.en.ts'
import { useWords } from './words.ts'

function Kbd({ children }: { children: string }) {
  return (
    <kbd className="inline-flex h-6 min-w-6 items-center justify-center rounded border border-line-strong bg-surface px-1.5 font-sans text-xs shadow-card">
      {children}
    </kbd>
  )
}

type Group = [title: string, rows: [keys: string[], join: string, words: string][]]

function groupsOf(t: Words): Group[] {
  const then = t.keyThen
  const or = t.keyOr
  return [
    [
      t.keysMove,
      [
        [['j'], or, t.keyNext],
        [['k'], or, t.keyPrevious],
        [['/'], or, t.keySearch],
        [['⌘ K', 'Ctrl K'], or, t.keyPalette],
        [['?'], or, t.keyHelp],
        [['Esc'], or, t.keyEscape],
      ],
    ],
    [
      t.keysAct,
      [
        [['Enter', 'r'], or, t.keyReply],
        [['n'], or, t.keyNote],
        [['c'], or, t.claim],
        [['t'], or, t.transfer],
        [['e'], or, t.resolve],
        [['x'], or, t.keyPick],
      ],
    ],
    [
      t.keysGo,
      [
        [['g', 'q'], then, t.views.queue],
        [['g', 'm'], then, t.views.mine],
        [['g', 'o'], then, t.views.open],
        [['g', 'b'], then, t.views.bot],
        [['g', 'd'], then, t.views.resolved],
      ],
    ],
  ]
}

export function Shortcuts({ onClose }: { onClose(): void }) {
  const t = useWords()
  return (
    <Dialog title={t.shortcuts} onClose={onClose} width="md:max-w-2xl">
      <section
        aria-label={t.shortcuts}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        className="quiet-scroll grid outline-none gap-6 overflow-y-auto p-5 md:grid-cols-2"
      >
        {groupsOf(t).map(([title, rows]) => (
          <section key={title}>
            <h3 className="mb-2 text-xs font-medium text-faint">{title}</h3>
            <dl className="flex flex-col gap-1.5">
              {rows.map(([keys, join, words]) => (
                <div key={words} className="flex items-center justify-between gap-4 text-sm">
                  <dt>{words}</dt>
                  <dd className="flex items-center gap-1.5 text-xs text-faint">
                    {keys.map((key, index) => (
                      <Fragment key={key}>
                        {index > 0 && <span>{join}</span>}
                        <Kbd>{key}</Kbd>
                      </Fragment>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </section>
    </Dialog>
  )
}
