// A room as a desktop client shows it, as one page without scripts: pictures in the docs are taken of it.
import type { SeenMessage, SeenRoom } from './xmpp-proxy.ts'

const safe = (text: unknown) =>
  String(text ?? '').replace(/[&<>"']/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[sign] ?? sign)
const COLOURS = ['#5a7ab8', '#3d8f82', '#a06a2c', '#8a5aa8', '#b0546b', '#52824a']

const STYLE = `*{box-sizing:border-box}body{margin:0;font:14px/1.5 Cantarell,"Noto Sans","Noto Sans CJK SC",system-ui,sans-serif;color:#2e3436;background:#fff}
.window{display:flex;height:100vh;min-height:720px}.side{width:310px;flex:none;background:#fafafa;border-right:1px solid #e1dfdc}.bar{height:52px;display:flex;align-items:center;gap:10px;padding:0 18px;background:#f2f1f0;border-bottom:1px solid #dcd9d6;font-weight:700}
.room{display:flex;gap:12px;padding:10px 16px;border-bottom:1px solid #f0eeec}.room.on{background:#e4edf7;box-shadow:inset 3px 0 #3584e4}.room div:last-child{min-width:0;flex:1}.room b,.room small{display:block;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}.room b{font-weight:600}.room small{color:#77767b}
.face{width:38px;height:38px;border-radius:8px;color:#fff;display:grid;place-items:center;font-weight:700;font-size:16px;flex:none}
main{flex:1;display:flex;flex-direction:column;min-width:0}.bar small{font-weight:400;color:#77767b;margin-left:auto}.talk{flex:1;overflow:hidden;display:flex;flex-direction:column;justify-content:flex-end;padding:18px 24px;gap:13px}
.row{display:flex;gap:13px}.said{min-width:0;flex:1}.who{font-weight:700}.who time{font-weight:400;color:#9a9996;font-size:12px;margin-left:9px}.words{white-space:pre-wrap;overflow-wrap:anywhere}
.card{border:1px solid #e1dfdc;border-radius:12px;background:#fcfcfb;padding:12px 16px;margin-top:4px;max-width:760px;box-shadow:0 1px 3px #0000000d}.note{background:#fff7df;border-left:3px solid #e5a50a;padding:3px 11px;border-radius:0 8px 8px 0;display:inline-block}
.quick{display:flex;flex-wrap:wrap;gap:7px;margin-top:8px}.quick span{border:1px solid #b9d1ee;background:#eff5fc;color:#1c5fb0;border-radius:15px;padding:2px 13px;font-weight:600;font-size:13px}
.tick{display:inline-block;margin-top:4px;border:1px solid #dcd9d6;border-radius:12px;padding:0 9px;font-size:13px;background:#fff}.file{display:inline-flex;gap:9px;border:1px solid #dcd9d6;border-radius:9px;padding:7px 13px;background:#fafafa}
footer{margin:0 24px 18px;border:1px solid #cdc7c2;border-radius:9px;padding:10px 14px;color:#9a9996}`

export function viewRoom(rooms: ReadonlyMap<string, SeenRoom>, address: string, lobby: string): string {
  const room = rooms.get(address)
  if (!room) return ''
  const others = [...rooms].filter(([one, { messages }]) => one !== address && one !== lobby && messages.length > 0).slice(-7)
  const listed: [string, SeenRoom | undefined][] = [[lobby, rooms.get(lobby)], [address, room], ...others]
  return `<!doctype html><html lang="zh"><meta charset="utf-8"><title>${safe(room.subject)}</title><style>${STYLE}</style><body><div class="window">
<nav class="side"><div class="bar">Frontdesk</div>${listed.map(([one, it]) => entry(one, it, one === address, one === lobby)).join('')}</nav>
<main><div class="bar">${safe(room.subject)}<small>${safe(address)}</small></div><div class="talk">${room.messages.map((one) => row(one, room)).join('\n')}</div>
<footer>Message / 输入消息 · !claim !resolve !transfer !note</footer></main></div></body></html>`
}

function entry(address: string, room: SeenRoom | undefined, on: boolean, isLobby: boolean): string {
  const name = room?.subject || address.split('@')[0] || ''
  const last = room?.messages.at(-1)?.body.split('\n')[0]
  return `<div class="room${on ? ' on' : ''}">${face(isLobby ? '#' : name, name)}<div><b>${safe(name)}</b><small>${safe(last)}</small></div></div>`
}

function face(letter: string, seed: string): string {
  const sum = [...seed].reduce((all, one) => all + (one.codePointAt(0) ?? 0), 0)
  return `<div class="face" style="background:${COLOURS[sum % COLOURS.length]}">${safe([...letter][0]?.toUpperCase())}</div>`
}

function row(message: SeenMessage, room: SeenRoom): string {
  const { nick, body, commands, url, edited, at } = message
  // The desk speaks for several: whose words they are stands before them.
  const spoken = nick === 'Frontdesk' ? /^([^\n:]{1,100}):(?: ([\s\S]*))?$/.exec(body) : null
  const isCard = nick === 'Frontdesk' && body.startsWith(room.subject.replace(/^✓ /, ''))
  const [who, words] = spoken && !isCard ? [spoken[1] ?? nick, spoken[2] ?? ''] : [nick, body]
  const tick = [...room.ticks].find(([key]) => message.stanzaId !== undefined && key.startsWith(`${message.stanzaId} `))?.[1]
  const isNote = /^\[(内部备注|Internal note)\]/.test(who)
  const shown = isCard || commands.length > 0 ? words.replace(/\n?(命令|Commands): .*$/, '') : words
  const inner = url === undefined ? safe(shown) : `<span class="file">📎 ${safe(decodeURIComponent(url.split('/').at(-1) ?? ''))}</span>`
  const quick = commands.map(({ label }) => `<span>${safe(label)}</span>`).join('')
  return `<div class="row">${face(who.replace(/^\S+ /, ''), who)}<div class="said"><div class="who">${safe(who)}<time>${at.toISOString().slice(11, 16)}${edited ? ' ✎' : ''}</time></div>
<div class="words${isCard ? ' card' : ''}${isNote ? ' note' : ''}">${inner}${quick ? `<div class="quick">${quick}</div>` : ''}</div>${tick ? `<div><span class="tick">${safe(tick)}</span></div>` : ''}</div></div>`
}
