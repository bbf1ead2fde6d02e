// The frame of all screens, and what is shown when there is nothing to show.
import { type ErrorComponentProps, Link, Outlet, useRouter } from '@tanstack/react-router'
import { ApiError } from '../api.ts'
import { Toasts } from '../toast.tsx'
import { Button, Empty } from '../ui.tsx'
import { useWords } from '../words.ts'

export function Root() {
  return (
    <>
      <Outlet />
      <Toasts />
    </>
  )
}

export function NotFound() {
  const t = useWords()
  return (
    <main className="flex h-full flex-col items-center justify-center bg-bg">
      <h1 className="sr-only">{t.notFound}</h1>
      <Empty icon="question" title={t.notFound} help={t.notFoundHelp}>
        <Link to="/conversations" className="font-medium text-accent-text underline-offset-4 hover:underline">
          {t.toConversations}
        </Link>
      </Empty>
    </main>
  )
}

export function Broken({ error, reset }: ErrorComponentProps) {
  const t = useWords()
  const router = useRouter()
  const known = error instanceof ApiError
  return (
    <main role="alert" className="flex h-full flex-col items-center justify-center bg-bg">
      <h1 className="sr-only">{known ? t.errorLoad : t.errorScreen}</h1>
      <Empty icon="alert" title={known ? t.errorLoad : t.errorScreen} help={known ? error.message : t.errorScreenHelp}>
        <Button
          look="primary"
          icon="refresh"
          onClick={() => {
            reset()
            void router.invalidate()
          }}
        >
          {t.reload}
        </Button>
      </Empty>
      {!known && <pre className="max-w-lg overflow-auto px-6 text-xs text-faint">{String(error)}</pre>}
    </main>
  )
}
