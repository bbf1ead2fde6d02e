// The menu of commands that Telegram shows behind the slash in our group, in the language of whoever opens it.
import { reason } from '#core/errors.ts'
import type { Locale } from '#core/message.ts'
import { commandHelp } from '../commands.ts'
import type { Context } from './post.ts'

/** What people choose from a menu; what only buttons say is not in it. Telegram takes small Latin letters, a hundred at most. */
function menuOf(locale: Locale): { command: string; description: string }[] {
  return commandHelp
    .filter(({ name }) => name !== 'held' && name !== 'resend' && /^[a-z0-9_]{1,32}$/.test(name))
    .slice(0, 100)
    .map(({ name, text }) => ({ command: name, description: text[locale].slice(0, 256) }))
}

/** A menu that cannot be set stops nothing: every command can be typed. */
export async function nameCommands({ api, chat, locale, deps }: Context, signal: AbortSignal): Promise<void> {
  const scope = { type: 'chat' as const, chat_id: chat }
  try {
    await api.call('setMyCommands', { scope, commands: menuOf(locale) }, signal)
    for (const language of ['zh', 'en'] as const) {
      await api.call('setMyCommands', { scope, commands: menuOf(language), language_code: language }, signal)
    }
  } catch (error) {
    deps.log.warn({ desk: deps.id, error: reason(error) }, 'the menu of commands could not be set')
  }
}
