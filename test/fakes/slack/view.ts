// A thread as Slack shows it: one page without scripts, for pictures.
import { pressables } from './blocks.ts'
import { type Block, BOT, type Element, type Message, type TextObject, type World } from './world.ts'

export function viewOf(world: World, thread: string): string {
  const [channelId = '', root = ''] = thread.split(':')
  const channel = world.channel(channelId)
  const messages = world.thread(channelId, root)
  const [card, ...replies] = messages
  const others = [...world.channels.values()].filter(({ id }) => !id.startsWith('D'))
  const rows = replies.map((message, n) => messageHtml(world, message, replies[n - 1]))
  return `<!DOCTYPE html><html lang="zh"><meta charset="utf-8"><title>Slack</title><style>${CSS}</style><body><div class="app">
<nav><div class="team">Acme<span class="caret">⌄</span></div><div class="head">频道 / Channels</div>${others
    .map(({ id, name }) => `<div class="channel${id === channelId ? ' on' : ''}"># ${safe(name)}</div>`)
    .join('')}<div class="head">应用 / Apps</div><div class="channel"><span class="dot"></span>Desk</div></nav>
<main><header><b>消息列 / Thread</b><span># ${safe(channel.name)}</span></header><section>${card ? messageHtml(world, card, undefined) : ''}
<div class="count"><span>${replies.length} ${replies.length === 1 ? 'reply' : 'replies'}</span></div>${rows.join('')}</section>
<footer><div class="box">回复… / Reply…<span class="send">➤</span></div></footer></main></div></body></html>`
}

function messageHtml(world: World, message: Message, before: Message | undefined): string {
  const name = message.username ?? world.users.get(message.user)?.profile.display_name ?? message.user
  const isSame =
    before !== undefined && before.username === message.username && before.user === message.user && !before.only && !message.only
  const body = `${message.only ? '<div class="only">👁 Only visible to you</div>' : ''}${contentHtml(message)}${filesHtml(message)}${reactionsHtml(message)}`
  if (isSame) return `<article class="same"><div class="gutter"></div><div>${body}</div></article>`
  const badge = message.user === BOT.user ? '<span class="badge">APP</span>' : ''
  return `<article><div class="avatar" style="${avatarStyle(message, name)}">${avatarOf(message, name)}</div>
<div class="content"><div class="who"><b>${safe(name)}</b>${badge}<time>${timeOf(message.ts)}</time></div>${body}</div></article>`
}

const ICONS: Record<string, string> = {
  ':bust_in_silhouette:': '👤',
  ':robot_face:': '🤖',
  ':technologist:': '🧑‍💻',
  ':bell:': '🔔',
  ':lock:': '🔒',
  ':globe_with_meridians:': '🌐',
  ':iphone:': '📱',
  ':email:': '📧',
  ':airplane:': '✈️',
  ':speech_balloon:': '💬',
  ':briefcase:': '💼',
}
const REACTIONS: Record<string, string> = {
  hourglass_flowing_sand: '⏳',
  white_check_mark: '✅',
  eyes: '👀',
  warning: '⚠️',
  raising_hand: '🙋',
  lock: '🔒',
}
const COLOURS = ['#36c5f0', '#2eb67d', '#ecb22e', '#e01e5a', '#7c5cbf', '#4a7dbd']

function avatarOf({ icon, user }: Message, name: string): string {
  return icon ? (ICONS[icon] ?? '💬') : user === BOT.user ? '🛎️' : safe([...name][0] ?? '?')
}

function avatarStyle({ icon, user }: Message, name: string): string {
  if (icon || user === BOT.user) return 'background:#f3eef8'
  const n = [...name].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0)
  return `background:${COLOURS[n % COLOURS.length]};color:#fff`
}

function timeOf(ts: string): string {
  const at = new Date(Number(ts) * 1000)
  return `${String(at.getUTCHours()).padStart(2, '0')}:${String(at.getUTCMinutes()).padStart(2, '0')}`
}

function contentHtml(message: Message): string {
  if (message.blocks.length === 0) return message.text === '' ? '' : `<p>${mrkdwn(message.text)}</p>`
  return message.blocks.map(blockHtml).join('')
}

function blockHtml(block: Block): string {
  switch (block.type) {
    case 'header':
      return `<h2>${safe(block.text?.text ?? '')}</h2>`
    case 'section':
      return block.fields ? `<div class="fields">${block.fields.map(fieldHtml).join('')}</div>` : `<p>${fieldHtml(block.text)}</p>`
    case 'context':
      return `<div class="context">${(block.elements as unknown as TextObject[]).map(({ text }) => mrkdwn(text)).join(' ')}</div>`
    case 'rich_text':
      return (block.elements ?? []).map(richHtml).join('')
    case 'actions':
      return `<div class="actions">${actionsHtml(block)}</div>`
    default:
      return ''
  }
}

function fieldHtml(text: TextObject | undefined): string {
  return text ? `<div>${text.type === 'mrkdwn' ? mrkdwn(text.text) : safe(text.text)}</div>` : ''
}

/** Labels are bold; entities and channel links are read. */
function mrkdwn(text: string): string {
  return text
    .replace(/<!date\^[^|>]*\|([^>]*)>/g, '$1')
    .replace(/<#([A-Z0-9]+)>/g, '<a>#$1</a>')
    .replace(/^\*(.+)\*\n/, '<b>$1</b><br>')
    .replaceAll('\n', '<br>')
}

function richHtml(part: Element): string {
  const inner = (part.elements ?? []).map((one) => {
    const words = safe(one.type === 'link' ? String(one.text ?? one.url) : one.type === 'user' ? `@${one.user_id}` : String(one.text ?? ''))
    if (one.type === 'link' || one.type === 'user') return `<a>${words}</a>`
    const style = (one.style ?? {}) as { bold?: boolean; italic?: boolean }
    return style.bold ? `<b>${words}</b>` : style.italic ? `<i>${words}</i>` : words
  })
  const html = inner.join('').replaceAll('\n', '<br>')
  return part.type === 'rich_text_quote' ? `<blockquote>${html}</blockquote>` : `<p>${html}</p>`
}

function actionsHtml(block: Block): string {
  const shown = pressables([block]).filter(({ kind }) => kind === 'button')
  const buttons = shown.map(({ label, value }) => `<span class="button${value === 'claim' ? ' primary' : ''}">${safe(label)}</span>`)
  const selects = (block.elements ?? []).filter(({ type }) => type === 'static_select')
  const lists = selects.map(({ placeholder }) => `<span class="button select">${safe(placeholder?.text ?? '')}<i>⌄</i></span>`)
  const more = (block.elements ?? []).some(({ type }) => type === 'overflow') ? ['<span class="button dots">•••</span>'] : []
  return [...buttons, ...lists, ...more].join('')
}

function filesHtml({ files }: Message): string {
  return files
    .map(({ name, mimetype, bytes }) => {
      const kind = (name.split('.').at(-1) ?? '').toUpperCase()
      return `<div class="file"><span>${mimetype.startsWith('image/') ? '🖼' : '📄'}</span><div><b>${safe(name)}</b><small>${kind} · ${bytes.length} B</small></div></div>`
    })
    .join('')
}

function reactionsHtml({ reactions }: Message): string {
  if (reactions.size === 0) return ''
  const all = [...reactions].map(([name, users]) => `<span>${REACTIONS[name] ?? `:${name}:`} ${users.size}</span>`)
  return `<div class="reactions">${all.join('')}</div>`
}

function safe(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

const CSS = `*{box-sizing:border-box}body{margin:0;font:15px/1.46 -apple-system,"Segoe UI","Noto Sans CJK SC","Noto Sans SC",sans-serif;color:#1d1c1d;background:#fff}
.app{display:flex;width:860px;min-height:640px}nav{width:190px;background:#4a154b;color:#d9c6da;padding:14px 0;flex:none;font-size:14px}
.team{color:#fff;font-weight:700;font-size:17px;padding:0 16px 14px;border-bottom:1px solid #6b3a6c;margin-bottom:10px}.caret{font-size:12px;margin-left:6px}
.head{padding:10px 16px 4px;font-size:12.5px;opacity:.8}.channel{padding:3px 16px}.channel.on{background:#1164a3;color:#fff}
.dot{display:inline-block;width:8px;height:8px;border-radius:50%;background:#2bac76;margin-right:8px}
main{flex:1;display:flex;flex-direction:column;min-width:0}header{padding:14px 20px;border-bottom:1px solid #e8e8e8;font-size:16px}header span{color:#616061;font-size:13px;margin-left:10px}
section{flex:1;padding:10px 0}article{display:flex;gap:10px;padding:7px 20px}article.same{padding-top:0}article.same>div:last-child{flex:1;min-width:0}.gutter{width:36px;flex:none}
.avatar{width:36px;height:36px;border-radius:8px;display:flex;align-items:center;justify-content:center;font-size:19px;flex:none;font-weight:600}.content{flex:1;min-width:0}
.who b{font-weight:800}.badge{background:#ebeaeb;color:#616061;font-size:10px;font-weight:700;padding:1px 4px;border-radius:3px;margin-left:6px;vertical-align:1px}time{color:#616061;font-size:12px;margin-left:8px}
p{margin:1px 0;overflow-wrap:anywhere}h2{font-size:17px;margin:5px 0 7px;font-weight:800}h2+p{margin-bottom:9px}.fields{display:grid;grid-template-columns:1fr 1fr;gap:7px 18px;margin:5px 0 9px;max-width:480px}
blockquote{margin:3px 0;padding:1px 0 1px 12px;border-left:4px solid #ddd;color:#454447}.context{font-size:13px;color:#616061}a{color:#1264a3;text-decoration:none}
.actions{display:flex;flex-wrap:wrap;gap:8px;margin:9px 0 4px}.button{border:1px solid #bbb;border-radius:7px;padding:5px 12px;font-weight:700;font-size:13.5px;background:#fff}.button.primary{background:#007a5a;border-color:#007a5a;color:#fff}
.select{font-weight:400}.select i{margin-left:18px;color:#616061}.dots{letter-spacing:1px;color:#616061}
.only{font-size:12px;color:#616061}.count{display:flex;align-items:center;padding:6px 20px;color:#616061;font-size:13px}.count:after{content:"";flex:1;height:1px;background:#e8e8e8;margin-left:12px}
.file{display:flex;gap:10px;align-items:center;border:1px solid #ddd;border-radius:9px;padding:8px 12px;margin:4px 0;max-width:330px}.file span{font-size:25px}.file small{display:block;color:#616061}
.reactions{margin-top:4px;display:flex;gap:5px}.reactions span{background:#e8f5fa;border:1px solid #1d9bd1;border-radius:12px;padding:0 8px;font-size:12.5px;line-height:22px}
footer{padding:0 20px 18px}.box{border:1px solid #bbb;border-radius:9px;padding:11px 13px;color:#8a898a;display:flex;justify-content:space-between}.send{color:#bbb}`
