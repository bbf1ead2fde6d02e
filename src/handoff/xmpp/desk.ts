// What the files of this desk share.
import type { DeskDeps } from '#core/desk.ts'
import type { Locale } from '#core/message.ts'
import type { XmppClient } from '#platforms/xmpp/client.ts'
import type { UploadService } from '#platforms/xmpp/upload.ts'
import type { Rooms } from './rooms.ts'

export interface Context {
  client: XmppClient
  /** The service where rooms are. */
  service: string
  lobby: string
  locale: Locale
  deps: DeskDeps
  rooms: Rooms
  /** Where the server is this machine: its files lie here, too. */
  local: boolean
  /** As the server says; asked once, and again after it said that there is none. */
  upload: { service?: UploadService; hosts: Set<string> }
  /** About which room we last spoke with this person alone. */
  about: Map<string, string>
  /** Subjects as we set them last. */
  subjects: Map<string, string>
  /** Rooms that we are taking away ourselves. */
  clearing: Set<string>
  /** What stands in the lobby of each room, as this process wrote it last. */
  lines: Map<string, string>
}
