// What the screens before signing in have in common: the card, the brand, language and appearance.
import type { ReactNode } from 'react'
import { useStore } from '../store.ts'
import { chooseTheme, theme } from '../theme.ts'
import { IconButton } from '../ui.tsx'
import { chooseLocale, locale, useWords } from '../words.ts'

export function Mark({ size = 32 }: { size?: number }) {
  return (
    <svg aria-hidden="true" width={size} height={size} viewBox="0 0 32 32" className="shrink-0">
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <path
        d="M7 21.5h18M9.5 21.5a6.5 6.5 0 0 1 13 0M16 15v-2.5M13.5 12.5h5"
        fill="none"
        stroke="#fff"
        strokeWidth="2.2"
        strokeLinecap="round"
      />
    </svg>
  )
}

export function Front({ title, help, children }: { title: string; help?: string; children: ReactNode }) {
  const t = useWords()
  const language = useStore(locale)
  const dark = useStore(theme) === 'dark' || document.documentElement.dataset.theme === 'dark'
  return (
    <div className="quiet-scroll flex h-full flex-col overflow-y-auto bg-bg">
      <header className="flex justify-end gap-1 p-3">
        <button
          type="button"
          className="rounded-md px-2.5 text-sm text-muted hover:bg-sunken"
          lang={language === 'zh' ? 'en' : 'zh-CN'}
          onClick={() => chooseLocale(language === 'zh' ? 'en' : 'zh')}
        >
          {language === 'zh' ? 'English' : '中文'}
        </button>
        <IconButton
          label={`${t.theme}: ${dark ? t.themeLight : t.themeDark}`}
          icon={dark ? 'sun' : 'moon'}
          onClick={() => chooseTheme(dark ? 'light' : 'dark')}
        />
      </header>
      <main className="flex flex-1 items-start justify-center px-4 pb-16 pt-[6vh] md:pt-[11vh]">
        <div className="appear w-full max-w-[400px]">
          <Mark size={40} />
          <h1 className="mt-5 text-xl font-semibold tracking-tight">{title}</h1>
          {help && <p className="mt-1.5 text-sm text-muted">{help}</p>}
          <div className="mt-6">{children}</div>
        </div>
      </main>
    </div>
  )
}

/** Said at once by screen readers, and seen above the button that was pressed. */
export function FormError({ children }: { children: ReactNode }) {
  return (
    <div role="alert" className={children ? 'rounded-md bg-danger-soft px-3 py-2 text-sm text-danger' : 'hidden'}>
      {children}
    </div>
  )
}
