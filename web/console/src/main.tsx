import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './app.css'
import { sendWith } from './conversations/outbox.ts'
import { makeClient } from './queries.ts'
import { makeRouter, safeNext } from './router.tsx'
import { followTheme } from './theme.ts'
import { toast } from './toast.tsx'
import { followLocale, locale, words } from './words.ts'

followTheme(document.documentElement, matchMedia('(prefers-color-scheme: dark)'))
followLocale(document.documentElement)

const client = makeClient(() => void leave())
const router = makeRouter(client)
sendWith(client)

/** The session ended while somebody worked: sign in, and back to the same place. */
async function leave(): Promise<void> {
  const { pathname, href } = router.state.location
  if (pathname.endsWith('/login')) return
  toast(words().signedOut, { tone: 'bad' })
  await router.navigate({ to: '/login', search: { next: safeNext(href) }, replace: true })
  client.clear()
}

// The server writes some of what is on screen (reasons, trails) in the language of the request.
locale.subscribe(() => void client.invalidateQueries())

const root = document.getElementById('root')
if (!root) throw new Error('no #root in the page')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
