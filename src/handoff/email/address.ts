// The signed address that an agent answers to: it names the thread, the agent and the day, and nobody makes one without our secret.
// Whoever has it answers as that agent, so it is in the mails to that agent and nowhere else. The same mark is in the ids of our mails:
// an answer that lost the address on its way still names those.
import { sign } from '#platforms/mail/sign.ts'

export interface Seal {
  /** Sixteen letters; empty: no thread. */
  thread: string
  /** Stands for an agent's address. */
  person: string
  /** Days since 1970. */
  day: number
}

/** RFC 5321, 4.5.3.1.1. */
const LOCAL_MAX = 64
const DAY_MS = 86_400_000
const PERSON = 6
const MAC = 10
const NO_THREAD = '0'
/** In small letters only: some servers write every address so. */
const KEY = /^([0-9a-z]{16}|0)\.([0-9a-z]{6})([0-9a-z]{3})([0-9a-z]{10})$/
/** An id of ours. Other programs of our domain write ids, too, and none of theirs is a forgery. */
const OWN_ID = /^<[\w-]+\.((?:[0-9a-z]{16}|0)\.[0-9a-z]{19})@([^@<>]+)>$/
const KEY_LENGTH = 16 + 1 + PERSON + 3 + MAC
const PLACE = '{key}'

export interface Sealer {
  /** The address that answers to this thread come back to. */
  addressOf(seal: Seal): Promise<string>
  /** The id of our mail with this key. */
  idOf(key: string, seal: Seal): Promise<string>
  /** What all mails of a thread to one agent refer to. */
  rootOf(seal: Pick<Seal, 'thread' | 'person'>): string
  personOf(address: string): Promise<string>
  /** From addresses and ids that a mail names: what we signed, or that one looks as if we had. */
  find(addresses: string[], ids: string[]): Promise<Seal | 'forged' | undefined>
}

/** Sixteen letters of a key: as good as chance, and the same again for the same key. */
export async function threadOf(key: string): Promise<string> {
  return sign('thread', key, 16)
}

export const dayOf = (at: Date) => Math.floor(at.getTime() / DAY_MS)

/** How answers are addressed where the config says nothing: `desk+…@example.test`. */
export function plusTemplate(address: string): string {
  const [local = '', domain = ''] = address.split('@')
  return `${local}+${PLACE}@${domain}`
}

/** What is wrong with a template, in both languages. */
export function complaintOf(template: string): string | undefined {
  const [local = '', domain = ''] = template.split('@')
  if (template.split(PLACE).length !== 2 || !local.includes(PLACE) || !/^[^\s@]+$/.test(domain))
    return 'an address with {key} before the @, like desk-{key}@example.com / @ 前含 {key} 的地址，形如 desk-{key}@example.com'
  if (local.length - PLACE.length + KEY_LENGTH > LOCAL_MAX)
    return `too long: before the @ there is room for ${LOCAL_MAX} letters, and a key has ${KEY_LENGTH}; use another address with replyTo / 太长:@ 前最多 ${LOCAL_MAX} 个字符，其中签名占 ${KEY_LENGTH} 个；可用 replyTo 指定别的地址`
  return undefined
}

export function sealer({ address, template, secret }: { address: string; template: string; secret: string }): Sealer {
  const domain = address.split('@')[1] ?? ''
  const [before = '', after = ''] = template.toLowerCase().split(PLACE)
  const macOf = (thread: string, person: string, day: string) => sign(`desk:${secret}`, `${address} ${thread} ${person} ${day}`, MAC)

  async function keyOf({ thread, person, day }: Seal): Promise<string> {
    const [shown, date] = [thread || NO_THREAD, day.toString(36).padStart(3, '0')]
    return `${shown}.${person}${date}${await macOf(shown, person, date)}`
  }

  async function read(key: string): Promise<Seal | 'forged'> {
    const [, thread = '', person = '', date = '', mac] = KEY.exec(key) ?? []
    if (!mac || mac !== (await macOf(thread, person, date))) return 'forged'
    return { thread: thread === NO_THREAD ? '' : thread, person, day: Number.parseInt(date, 36) }
  }

  const ofAddress = (one: string) => {
    const lower = one.toLowerCase()
    const isOurs = lower.startsWith(before) && lower.endsWith(after) && lower.length > before.length + after.length
    return isOurs ? [lower.slice(before.length, lower.length - after.length)] : []
  }
  const ofId = (id: string) => {
    const [, key, host] = OWN_ID.exec(id) ?? []
    return key && host?.toLowerCase() === domain ? [key] : []
  }

  return {
    addressOf: async (seal) => template.replace(PLACE, await keyOf(seal)),
    idOf: async (key, seal) => `<${key.replaceAll(/[^\w-]/g, '-')}.${await keyOf(seal)}@${domain}>`,
    rootOf: ({ thread, person }) => `<${thread || NO_THREAD}-${person}@${domain}>`,
    personOf: (one) => sign(`person:${secret}`, one.toLowerCase(), PERSON),
    async find(addresses, ids) {
      let isForged = false
      for (const key of [...addresses.flatMap(ofAddress), ...ids.flatMap(ofId)]) {
        const seal = await read(key)
        if (seal !== 'forged') return seal
        isForged = true
      }
      return isForged ? 'forged' : undefined
    },
  }
}
