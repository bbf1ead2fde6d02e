// A mail thread as a mail program shows it: for the pictures in the docs. Our mails stand in it exactly as they were sent.
import type { Got } from './inbox.ts'

/** What an agent wrote themselves, between our mails. */
export interface Wrote {
  name: string
  text: string
}

export function viewMails(mails: (Got | Wrote)[]): string {
  const first = mails.find((mail): mail is Got => 'raw' in mail)
  const subject = first?.header('subject') ?? ''
  return `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>${escaped(subject)}</title><style>
body{margin:0;background:#f3f5f8;color:#1f2328;font:14px/1.55 -apple-system,'Segoe UI',Roboto,'PingFang SC','Noto Sans CJK SC','Microsoft YaHei',sans-serif}
.program{max-width:860px;margin:0 auto;background:#fff;min-height:100vh;box-shadow:0 0 0 1px #e3e7ec}
.bar{display:flex;gap:22px;padding:12px 28px;border-bottom:1px solid #eceff3;color:#6b7580;font-size:13px}
.bar b{color:#1f2328;font-weight:600}
h1{font-size:20px;font-weight:600;margin:0;padding:20px 28px 14px}
h1 span{font-size:12px;font-weight:500;color:#6b7580;background:#eef1f5;border-radius:6px;padding:2px 8px;margin-left:8px;vertical-align:3px}
.mail{display:flex;gap:14px;padding:18px 28px;border-top:1px solid #eceff3}
.face{flex:none;width:38px;height:38px;border-radius:50%;color:#fff;display:flex;align-items:center;justify-content:center;font-weight:600}
.in{flex:1;min-width:0}
.head{display:flex;justify-content:space-between;margin-bottom:2px}
.who{font-weight:600}.who small{font-weight:400;color:#6b7580;margin-left:6px}
.when{color:#6b7580;font-size:12px}.to{color:#6b7580;font-size:12px;margin-bottom:12px}
.own{white-space:pre-wrap}
.files span{display:inline-block;border:1px solid #dfe4ea;border-radius:8px;padding:6px 12px;margin:10px 8px 0 0;font-size:13px}
</style></head><body><div class="program">
<div class="bar"><b>收件箱</b><span>回复</span><span>转发</span><span>归档</span></div>
<h1>${escaped(subject)}<span>收件箱</span></h1>
${mails.map((mail, n) => ('raw' in mail ? ours(mail, n) : theirs(mail, n))).join('\n')}
</div></body></html>`
}

function ours(mail: Got, n: number): string {
  const [, name = ''] = /^"?([^"<]*?)"?\s*</.exec(mail.header('from')) ?? []
  const body = /<body[^>]*>([\s\S]*)<\/body>/.exec(mail.html)?.[1] ?? ''
  const files = mail.files.map(({ name: file, bytes }) => `<span>📎 ${escaped(file ?? '')} · ${Math.ceil(bytes.length / 1024)} KB</span>`)
  const address = mail.header('from').replace(/^.*<|>$/g, '')
  return frame(n, name, `<small>${escaped(address)}</small>`, mail.to, '#2f7de1', `${body}<div class="files">${files.join('')}</div>`)
}

function theirs({ name, text }: Wrote, n: number): string {
  return frame(n, name, '', 'desk@example.test', '#1f9d61', `<div class="own">${escaped(text)}</div>`)
}

function frame(n: number, name: string, more: string, to: string, colour: string, body: string): string {
  const time = `20:${String(n * 2 + 4).padStart(2, '0')}`
  return `<div class="mail"><div class="face" style="background:${colour}">${escaped([...name][0] ?? '?')}</div><div class="in"><div class="head"><div class="who">${escaped(name)}${more}</div><div class="when">${time}</div></div><div class="to">发给 ${escaped(to)}</div>${body}</div></div>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
