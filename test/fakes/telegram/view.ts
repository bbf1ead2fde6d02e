// A topic as Telegram's desktop shows it, as one page without scripts: pictures in the docs are taken of it.
import type { Chat, FakeMessage } from './world.ts'

const safe = (text: unknown) =>
  String(text ?? '').replace(/[&<>"']/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[sign] ?? sign)
const COLOURS = ['#e17076', '#7bc862', '#e5ca77', '#65aadd', '#a695e7', '#ee7aae', '#6ec9cb']

const STYLE = `*{box-sizing:border-box}body{margin:0;font:15px/1.45 -apple-system,"Segoe UI","Noto Sans CJK SC","Noto Sans",sans-serif;color:#0f1419;background:#fff}
.window{display:flex;height:100vh;min-height:720px}.side{width:300px;border-right:1px solid #e4e8ec;background:#fff;flex:none}
.side h2{font-size:17px;margin:0;padding:16px 18px;border-bottom:1px solid #eef1f4}.topic{display:flex;gap:12px;padding:11px 16px;align-items:center}
.topic.on{background:#3390ec;color:#fff}.topic .icon{width:34px;height:34px;border-radius:10px;background:#dfe7ef;display:grid;place-items:center;font-weight:600;color:#47627d;flex:none}
.topic.on .icon{background:#ffffff33;color:#fff}.topic span{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}.topic small{margin-left:auto;opacity:.7}
main{flex:1;display:flex;flex-direction:column;min-width:0;background:linear-gradient(160deg,#dbe9d3,#c9dfc6 45%,#bcd6c4)}
header{background:#fff;padding:11px 22px;border-bottom:1px solid #e4e8ec}header b{display:block;font-size:16px}header small{color:#707b86}
.talk{flex:1;overflow:hidden;padding:16px 22px;display:flex;flex-direction:column;justify-content:flex-end;gap:7px}.notice{align-self:center;background:#5a7f5e99;color:#fff;border-radius:14px;padding:3px 12px;font-size:13px;margin-bottom:4px}
.row{display:flex;gap:9px;align-items:flex-end;max-width:720px}.face{width:36px;height:36px;border-radius:50%;color:#fff;display:grid;place-items:center;font-weight:600;flex:none}
.bubble{background:#fff;border-radius:14px 14px 14px 5px;padding:7px 12px 6px;box-shadow:0 1px 2px #0000001f;min-width:150px;max-width:600px}.bubble .who{font-weight:600;font-size:14px}
.words{white-space:pre-wrap;overflow-wrap:anywhere}.meta{float:right;margin:7px 0 0 14px;font-size:12px;color:#8a949e}.file{background:#eef4fa;border-radius:9px;padding:9px 12px;margin:3px 0}
.tick{display:inline-block;margin-top:5px;background:#e8f2fc;border-radius:13px;padding:1px 10px;font-size:15px}
.keys{display:grid;grid-template-columns:1fr 1fr;gap:4px;margin:4px 0 2px 45px;max-width:600px}.keys span{background:#3f6b4a8c;color:#fff;border-radius:9px;text-align:center;padding:8px 6px;font-size:14px;font-weight:500}
.keys span:last-child:nth-child(odd){grid-column:1/3}footer{background:#fff;padding:13px 22px;color:#9aa4ae;border-top:1px solid #e4e8ec}`

export function viewTopic(chat: Chat, thread: number): string {
  const topics = [...chat.topics.values()].filter(({ state }) => state !== 'deleted')
  const name = chat.topics.get(thread)?.name ?? ''
  const shown = [...chat.messages.values()].filter((message) => message.message_thread_id === thread)
  const side = [{ id: 1, name: 'General', state: 'open' }, ...topics.slice(-9)].map(
    (topic) =>
      `<div class="topic${topic.id === thread ? ' on' : ''}"><div class="icon">${topic.id === 1 ? '#' : safe([...topic.name][0])}</div><span>${safe(topic.name)}</span>${topic.state === 'closed' ? '<small>✓</small>' : ''}</div>`,
  )
  return `<!doctype html><html lang="zh"><meta charset="utf-8"><title>${safe(name)}</title><style>${STYLE}</style><body><div class="window">
<nav class="side"><h2>${safe(chat.title)}</h2>${side.join('')}</nav><main><header><b>${safe(name)}</b><small>${shown.length} · ${safe(chat.title)}</small></header>
<div class="talk">${shown.map(row).join('\n')}</div><footer>Message / 输入消息</footer></main></div></body></html>`
}

function row(message: FakeMessage): string {
  const notice = Object.keys(message).find((key) => key.startsWith('forum_topic'))
  if (notice) return `<div class="notice">${safe(NOTICES[notice] ?? notice)}</div>`
  const name = [message.from?.first_name, message.from?.last_name].filter(Boolean).join(' ')
  const colour = COLOURS[Math.abs(Number(message.from?.id ?? 0)) % COLOURS.length]
  const file = ['photo', 'document', 'voice', 'audio', 'video'].find((kind) => message[kind] !== undefined)
  const named = (message[file ?? ''] as { file_name?: string } | undefined)?.file_name ?? file
  const keys = message.reply_markup?.inline_keyboard?.flat().map(({ text }) => `<span>${safe(text)}</span>`) ?? []
  const words = safe(message.text ?? message.caption)
  return `<div class="row"><div class="face" style="background:${colour}">${safe([...name][0])}</div><div class="bubble"><div class="who" style="color:${colour}">${safe(name)}</div>
${file ? `<div class="file">📎 ${safe(named)}</div>` : ''}<div class="words">${words}<span class="meta">${message.edit_date ? '✎ ' : ''}${timeOf(message.date)}</span></div>${
    message.reaction ? `<div class="tick">${safe(message.reaction)}</div>` : ''
  }</div></div>${keys.length > 0 ? `<div class="keys">${keys.join('')}</div>` : ''}`
}

const NOTICES: Record<string, string> = {
  forum_topic_created: 'topic created / 话题已创建',
  forum_topic_closed: 'topic closed / 话题已关闭',
  forum_topic_reopened: 'topic opened again / 话题已重新打开',
}

const timeOf = (seconds: number) => new Date(seconds * 1000).toISOString().slice(11, 16)
