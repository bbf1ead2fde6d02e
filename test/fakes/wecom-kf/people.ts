// People in WeChat, and colleagues in the WeCom app.
import { type Entry, type KfFile, type Session, WINDOW_MS, type World } from './world.ts'

export interface Customer {
  readonly id: string
  session(): Session
  text(content: string, at?: number): Entry
  press(id: string, label: string): Entry
  file(type: 'image' | 'voice' | 'video' | 'file', file: KfFile): Entry
  /** Any message of a type, as WeCom gives it. */
  says(msgtype: string, content: unknown, at?: number): Entry
  recall(msgid: string): Entry
  /** Opens the chat, by a link whose `scene_param` the shop wrote. */
  enter(scene?: string, param?: string): Entry
  /** A colleague in the WeCom app takes the session, writes, ends it. */
  takenBy(colleague: string): Entry
  hearsFrom(colleague: string, content: string): Entry
  endedBy(colleague: string): Entry
}

export function customer(world: World, account: string, id: string, nickname = `客户${id}`, unionid?: string): Customer {
  if (!world.people.has(id)) world.people.set(id, { id, nickname, ...(unionid && { unionid }) })
  const session = () => world.session(account, id)
  const event = (fields: Record<string, unknown>) =>
    world.tell(account, { origin: 4, msgtype: 'event', event: { open_kfid: account, external_userid: id, ...fields } })

  function says(msgtype: string, content: unknown, at = world.now()): Entry {
    const own = session()
    if (own.state === 4) own.state = 0
    Object.assign(own, { heardAt: Math.max(at, own.heardAt ?? 0), answers: 0 })
    return world.tell(account, { external_userid: id, origin: 3, msgtype, [msgtype]: content }, at)
  }

  return {
    id,
    session,
    says,
    text: (content, at) => says('text', { content }, at),
    press: (menu_id, content) => says('text', { content, menu_id }),
    file(type, file) {
      const media_id = world.id('MEDIA')
      world.media.set(media_id, file)
      return says(type, { media_id })
    },
    recall: (recall_msgid) => event({ event_type: 'user_recall_msg', recall_msgid }),
    enter(scene = '', scene_param = '') {
      const own = session()
      const isFresh = (at?: number) => at === undefined || world.now() - at > WINDOW_MS
      const welcome = isFresh(own.heardAt) && isFresh(own.welcomedAt) ? { welcome_code: world.code(own) } : {}
      return event({ event_type: 'enter_session', scene, ...(scene_param && { scene_param }), ...welcome })
    },
    takenBy(colleague) {
      session().state = 3
      return event({ event_type: 'session_status_change', change_type: 1, new_servicer_userid: colleague })
    },
    hearsFrom: (servicer_userid, content) =>
      world.tell(account, { external_userid: id, origin: 5, servicer_userid, msgtype: 'text', text: { content } }),
    endedBy(colleague) {
      session().state = 4
      return event({
        event_type: 'session_status_change',
        change_type: 3,
        old_servicer_userid: colleague,
        msg_code: world.code(session(), 4),
      })
    },
  }
}
