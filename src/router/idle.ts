// When a conversation in which nobody says anything is asked about, and when it ends. Pure. Only two kinds grow idle: those in which the
// customer left an agent's answer without a word, and talks with the bot. Who waits for us, and what was put off, never ends by itself.
import { type Calendar, openMs } from '#core/hours.ts'

export interface IdleRule {
  ask?: number | undefined
  close?: number | undefined
  bot?: number | undefined
  hours: boolean
}

export interface Quiet {
  status: 'bot' | 'queued' | 'assigned' | 'snoozed' | 'resolved'
  clocks: { awaits: 'us' | 'customer'; since: string; askedAt?: string } | null
  lastMessageAt: Date
  /** The bot owes something itself: an answer of a webhook, a person when they open. */
  isOwed: boolean
  /** The channel counts messages: none is spent on the question. */
  isCounted: boolean
}

export function idleStep(quiet: Quiet, rule: IdleRule, calendar: Calendar | undefined, now: Date): 'ask' | 'close' | undefined {
  const passed = (since: Date) => openMs(rule.hours ? calendar : undefined, since, now)
  if (quiet.status === 'bot')
    return rule.bot !== undefined && !quiet.isOwed && passed(quiet.lastMessageAt) >= rule.bot ? 'close' : undefined
  if (quiet.status !== 'assigned' || quiet.clocks?.awaits !== 'customer') return undefined
  const { since, askedAt } = quiet.clocks
  if (askedAt !== undefined) return rule.close !== undefined && passed(new Date(askedAt)) >= rule.close ? 'close' : undefined
  const silent = passed(new Date(since))
  if (rule.ask !== undefined && !quiet.isCounted) return silent >= rule.ask ? 'ask' : undefined
  return rule.close !== undefined && silent >= (rule.ask ?? 0) + rule.close ? 'close' : undefined
}
