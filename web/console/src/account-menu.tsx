// How I like the console, who I am in other tools, and the way out.
import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import type { LinkCode, Me } from '#http/console/protocol.ts'
import { api } from './api.ts'
import { openDialog } from './commands.ts'
import { Segmented } from './segmented.tsx'
import { useStore } from './store.ts'
import { chooseTheme, theme } from './theme.ts'
import { clockTime } from './time.ts'
import { toast } from './toast.tsx'
import { Avatar, Button } from './ui.tsx'
import { chooseLocale, locale, useWords } from './words.ts'

export function AccountMenu({ me, close }: { me: Me; close(): void }) {
  const t = useWords()
  const client = useQueryClient()
  const router = useRouter()
  const signOut = async () => {
    await api.logout()
    client.clear()
    await router.navigate({ to: '/login', search: {} })
  }
  return (
    <div className="flex flex-col gap-4">
      <div className="flex items-center gap-3">
        <Avatar name={me.name} size={36} />
        <div className="min-w-0">
          <p className="truncate font-medium">{me.name}</p>
          <p className="truncate text-xs text-faint">
            {me.email} · {t.roles[me.role]}
          </p>
        </div>
      </div>
      <Looks />
      <ToolLink />
      <div className="-mx-1.5 flex flex-col items-stretch border-t border-line pt-2">
        {/* The bar at the bottom of a phone, and of a page at 200 %, has no room for it. */}
        {me.role === 'admin' && (
          <Button
            look="ghost"
            icon="bot"
            className="justify-start md:hidden"
            onClick={() => {
              close()
              void router.navigate({ to: '/learning' })
            }}
          >
            {t.learning}
          </Button>
        )}
        <Button
          look="ghost"
          icon="keyboard"
          className="justify-start"
          onClick={() => {
            close()
            openDialog.set('help')
          }}
        >
          {t.shortcuts}
        </Button>
        <Button
          look="ghost"
          icon="release"
          className="justify-start"
          onClick={() => signOut().catch((error: Error) => toast(error.message, { tone: 'bad' }))}
        >
          {t.signOut}
        </Button>
      </div>
    </div>
  )
}

/** Says in Slack, Telegram … who somebody is: the code is shown to the signed-in agent alone. */
function ToolLink() {
  const t = useWords()
  const [code, setCode] = useState<LinkCode>()
  const ask = async () => setCode(await api.linkCode())
  return (
    <div className="flex flex-col gap-1 text-sm">
      <Button
        look="ghost"
        icon="link"
        className="-mx-1.5 justify-start"
        onClick={() => ask().catch((error: Error) => toast(error.message, { tone: 'bad' }))}
      >
        {t.linkTool}
      </Button>
      {code && (
        <output className="flex flex-col gap-1">
          <code className="select-all rounded-md bg-sunken px-2 py-1.5 font-mono">/link {code.code}</code>
          <span className="text-xs text-faint">{t.linkToolHow(clockTime(code.expiresAt, t))}</span>
        </output>
      )}
    </div>
  )
}

function Looks() {
  const t = useWords()
  const language = useStore(locale)
  const look = useStore(theme)
  return (
    <>
      <Segmented
        label={t.language}
        value={language}
        options={[
          ['zh', '中文'],
          ['en', 'English'],
        ]}
        onChange={chooseLocale}
      />
      <Segmented
        label={t.theme}
        value={look}
        options={[
          ['system', t.themeSystem],
          ['light', t.themeLight],
          ['dark', t.themeDark],
        ]}
        onChange={chooseTheme}
      />
    </>
  )
}
