// A topic as Feishu's desktop shows it, as one page without scripts: pictures in the docs are taken of it.
import { cardLines, keysOf, textOf } from './content.ts'
import type { Message, World } from './world.ts'

const safe = (text: unknown) =>
  String(text ?? '').replace(/[&<>"']/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[sign] ?? sign)

const HEADS: Record<string, [ground: string, ink: string]> = {
  orange: ['#feead2', '#9c4d00'],
  blue: ['#e1eaff', '#0c296e'],
  turquoise: ['#d5f6f2', '#04605a'],
  purple: ['#ece2fe', '#41199c'],
  grey: ['#eff0f1', '#373c43'],
  yellow: ['#faf1d1', '#795101'],
}
const FACES = ['#3370ff', '#f77234', '#00b8a9', '#935af6', '#f54a45', '#d4a017']
const TICKS: Record<string, string> = { OneSecond: '☝️ 等一下', Pin: '📌', OK: '👌 OK', DONE: '✅ Done', GLANCE: '👀', CrossMark: '❌' }

const STYLE = `*{box-sizing:border-box}body{margin:0;font:14px/1.57 -apple-system,"PingFang SC","Noto Sans CJK SC","Noto Sans",sans-serif;color:#1f2329;background:#f2f3f5}
.window{display:flex;height:100vh;min-height:780px}.rail{width:56px;background:#e4ebf8;flex:none;display:flex;flex-direction:column;align-items:center;gap:20px;padding:16px 0;color:#51565d}
.rail .me{width:34px;height:34px;border-radius:50%;background:#3370ff;color:#fff;display:grid;place-items:center;font-weight:600}.rail i{width:22px;height:22px;border-radius:7px;background:#b9c7e4}.rail i.on{background:#3370ff}
.list{width:296px;flex:none;background:#fff;border-right:1px solid #dee0e3}.list h2{font-size:16px;margin:0;padding:18px 18px 14px;font-weight:600}
.topic{margin:0 8px 2px;padding:10px 12px;border-radius:8px}.topic.on{background:#e1eaff}.topic b{display:block;font-weight:500;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}.topic small{color:#8f959e;display:block;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
main{flex:1;min-width:0;background:#fff;display:flex;flex-direction:column}header{padding:13px 24px;border-bottom:1px solid #dee0e3}header b{font-size:16px;font-weight:600}header small{color:#8f959e;margin-left:8px}
.talk{flex:1;overflow:hidden;padding:14px 24px;display:flex;flex-direction:column;justify-content:flex-end;gap:12px}
.row{display:flex;gap:12px}.face{width:36px;height:36px;border-radius:50%;color:#fff;display:grid;place-items:center;font-weight:600;flex:none}.body{min-width:0;max-width:720px;flex:1}
.who{color:#646a73;font-size:12px;margin-bottom:2px}.who em{font-style:normal;background:#fdf2e8;color:#c0620b;border-radius:4px;padding:0 5px;margin-left:5px;font-size:11px}.who time{margin-left:8px;color:#bbbfc4}
.words{white-space:pre-wrap;overflow-wrap:anywhere}.words b{font-weight:600}.gone{color:#8f959e}.edited{color:#8f959e;font-size:12px;margin-left:6px}
.card{border:1px solid #dee0e3;border-radius:8px;overflow:hidden;max-width:600px}.card h3{margin:0;padding:11px 14px;font-size:16px;font-weight:600}
.card .in{padding:12px 14px;display:flex;flex-direction:column;gap:9px}.facts{display:grid;grid-template-columns:1fr 1fr;gap:5px 18px}.rule{height:1px;background:#eaecef}
.keys{display:flex;flex-wrap:wrap;gap:8px}.keys span{border:1px solid #d0d3d6;border-radius:6px;padding:4px 14px;background:#fff}.keys span.main{background:#3370ff;border-color:#3370ff;color:#fff}.keys span.pick{color:#8f959e;padding-right:28px;position:relative}.keys span.pick:after{content:"▾";position:absolute;right:10px}
.file{display:inline-flex;gap:10px;border:1px solid #dee0e3;border-radius:8px;padding:11px 16px;min-width:240px}.tick{display:inline-block;margin-top:5px;background:#eff0f1;border-radius:12px;padding:0 10px;font-size:12px;color:#51565d}
footer{margin:0 24px 20px;border:1px solid #d0d3d6;border-radius:8px;padding:11px 14px;color:#8f959e}`

export function viewTopic(world: World, chatId: string, root: string, bot: string): string {
  const chat = world.chats.get(chatId)
  const roots = [...world.messages.values()].filter((message) => message.chat === chatId && !message.root && !message.gone)
  const title = titleOf(world.messages.get(root))
  const side = roots.slice(-9).map((one) => {
    const last = world.inTopic(one.id).at(-1)
    // Of a topic without replies the card's first fact.
    const lines = last
      ? textOf(last)
          .split('\n')
          .filter((words) => words !== '')
      : []
    const line = last?.id === one.id ? lines[1] : lines[0]
    return `<div class="topic${one.id === root ? ' on' : ''}"><b>${safe(titleOf(one))}</b><small>${safe(line)}</small></div>`
  })
  const rows = world.inTopic(root).map((message) => row(world, message, bot))
  return `<!doctype html><html lang="zh"><meta charset="utf-8"><title>${safe(title)}</title><style>${STYLE}</style><body><div class="window">
<nav class="rail"><div class="me">安</div><i class="on"></i><i></i><i></i><i></i></nav><nav class="list"><h2>${safe(chat?.name)}</h2>${side.join('')}</nav>
<main><header><b>话题</b><small>${safe(title)} · ${rows.length - 1} 条回复</small></header><div class="talk">${rows.join('\n')}</div><footer>回复话题…</footer></main></div></body></html>`
}

function titleOf(message: Message | undefined): string {
  return message ? (textOf(message).split('\n')[0] ?? '') : ''
}

function row(world: World, message: Message, bot: string): string {
  const name = message.from === undefined ? bot : (world.people.get(message.from)?.name ?? message.from)
  const colour = FACES[[...name].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % FACES.length]
  const time = new Date(message.at + 8 * 3_600_000).toISOString().slice(11, 16)
  const ticks = message.reactions.map(({ emoji }) => `<div class="tick">${safe(TICKS[emoji] ?? emoji)}</div>`).join('')
  return `<div class="row"><div class="face" style="background:${colour}">${safe([...name][0])}</div><div class="body"><div class="who">${safe(name)}${message.from === undefined ? '<em>机器人</em>' : ''}<time>${time}</time></div>
${message.gone ? '<div class="gone">消息已撤回</div>' : inside(world, message)}${ticks}</div></div>`
}

function inside(world: World, message: Message): string {
  if (message.kind === 'interactive') return cardOf(message)
  const edited = message.edited > 0 ? '<span class="edited">已编辑</span>' : ''
  if (message.kind !== 'post' && message.kind !== 'text') return `<div class="file">📄 <span>${safe(fileName(world, message))}</span></div>`
  const text = safe(textOf(message))
  // The name at the head is bold, as the post says.
  const head = /"style":\["bold"\]/.test(message.content) ? /^[^:]*(?=:)/.exec(text)?.[0] : undefined
  return `<div class="words">${head ? `<b>${head}</b>${text.slice(head.length)}` : text}${edited}</div>`
}

function fileName(world: World, message: Message): string {
  const { file_name: name, file_key: key } = JSON.parse(message.content) as { file_name?: string; file_key?: string }
  return name ?? world.files.get(key ?? '')?.name ?? { image: '图片', audio: '语音', media: '视频' }[message.kind] ?? '文件'
}

function cardOf(message: Message): string {
  const card = JSON.parse(message.content) as Record<string, unknown>
  const [title = '', ...lines] = cardLines(card)
  const [ground, ink] = HEADS[String((card.header as { template?: unknown }).template)] ?? HEADS.blue ?? ['', '']
  const facts = ((card.elements as { fields?: unknown[] }[])[0]?.fields ?? []).length
  const short = lines.slice(0, facts).map((line) => `<div>${safe(line)}</div>`)
  const long = lines.slice(facts).map((line) => `<div class="words">${safe(line)}</div>`)
  const keys = keysOf(message)
  const buttons = keys
    .filter(({ option }) => option === undefined)
    .map((key, n) => `<span${n === 0 && !key.url ? ' class="main"' : ''}>${safe(key.label)}</span>`)
  const pick = keys.filter(({ option }) => option !== undefined)
  const select =
    pick.length > 0 ? [`<span class="pick">转给… ${safe(pick.map(({ label }) => label.replace(/^转给 /, '')).join(' / '))}</span>`] : []
  const rule = short.length > 0 && long.length > 0 ? '<div class="rule"></div>' : ''
  return `<div class="card"><h3 style="background:${ground};color:${ink}">${safe(title)}</h3><div class="in">${short.length > 0 ? `<div class="facts">${short.join('')}</div>` : ''}${rule}${long.join('')}${
    buttons.length + select.length > 0 ? `<div class="keys">${[...buttons, ...select].join('')}</div>` : ''
  }</div></div>`
}
