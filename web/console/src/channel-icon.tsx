// What kind of channel: an own sign in one colour for each, on a tile. The title beside it says the name.
const SIGNS: Record<string, { path: string; colour: string; fill?: true }> = {
  telegram: { path: 'M2.5 8 13.5 3.5 11.5 12.5 7.5 10l-1.5 2.5-.6-3.2 5-3.6-6 3Z', colour: '#2688c7', fill: true },
  wechat: {
    path: 'M6.5 3C4 3 2 4.6 2 6.6c0 1.2.7 2.2 1.8 2.9L3.5 11l1.7-.9c.5.1.9.1 1.3.1h.3a3.3 3.3 0 0 1-.1-.8c0-2 2-3.5 4.2-3.5C10.5 4.2 8.7 3 6.5 3Zm4.5 3.7c-2 0-3.5 1.2-3.5 2.8s1.5 2.8 3.5 2.8c.4 0 .7 0 1-.1l1.4.7-.3-1.2c.9-.5 1.4-1.3 1.4-2.2 0-1.6-1.5-2.8-3.5-2.8Z',
    colour: '#1a8a45',
    fill: true,
  },
  'wechat-mini': {
    path: 'M9.8 3.2a2.6 2.6 0 1 1-1 5V5.6a2.9 2.9 0 1 0-2.9 2.9 M6.2 12.8a2.6 2.6 0 1 1 1-5v2.6a2.9 2.9 0 1 0 2.9-2.9',
    colour: '#2f9e5b',
  },
  'wecom-kf': {
    path: 'M3 9V7.5a5 5 0 0 1 10 0V9M3 8.6h1.8v3.6H3zM11.2 8.6H13v3.6h-1.8zM13 12.2c0 1.2-1.4 1.8-3.4 1.8',
    colour: '#2a6fb0',
  },
  app: { path: 'M5 1.8h6a1 1 0 0 1 1 1v10.4a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V2.8a1 1 0 0 1 1-1ZM7.2 12h1.6', colour: '#a8552a' },
  xmpp: { path: 'M3 3.5c1 4 3.5 7 7 8.8M13 3.5c-1 4-3.5 7-7 8.8M6.5 3.6c.2 2.6 1 4.8 2.4 6.6', colour: '#7a4fa3' },
  wecom: {
    path: 'M8 3C4.7 3 2 5 2 7.6c0 1.5.9 2.8 2.3 3.6L4 13.2l2.3-1.2c.5.1 1.1.2 1.7.2 3.3 0 6-2 6-4.6S11.3 3 8 3ZM5.5 7.6h.01M8 7.6h.01M10.5 7.6h.01',
    colour: '#2a6fb0',
  },
  weibo: {
    path: 'M10.5 6.5c-2-1.2-8 1-8 3.9 0 1.7 2 2.6 4.3 2.6 3 0 5.2-1.6 5.2-3.3 0-1-.7-1.5-1.5-1.7M10.5 3a3 3 0 0 1 3 3.2M6.8 10.3h.01',
    colour: '#c8432b',
  },
  mail: { path: 'M2 4h12v8.5H2zM2.5 4.5 8 9l5.5-4.5', colour: '#6a5acd' },
  email: { path: 'M2 4h12v8.5H2zM2.5 4.5 8 9l5.5-4.5', colour: '#6a5acd' },
  web: {
    path: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM2.2 8h11.6M8 2c2 1.8 2.5 3.8 2.5 6S10 12.2 8 14C6 12.2 5.5 10.2 5.5 8S6 3.8 8 2Z',
    colour: '#4353d6',
  },
  slack: { path: 'M6 2.5v11M10 2.5v11M2.5 6h11M2.5 10h11', colour: '#8a3b7e' },
  feishu: {
    path: 'M3 4h6c1.5 1.2 2.3 2.7 2.6 4.3M3 6.5c2.5 3 5 4 8.6 1.8.8-.5 1.3-.9 2.4-1C13 11 10.5 12.8 7.5 12.8 5.5 12.8 4 12.2 3 11.3Z',
    colour: '#2b66d9',
  },
  console: { path: 'M2 3.5h12v9H2zM4.5 6.5l2 1.7-2 1.8M8.5 10h3', colour: '#5a606c' },
}
const OTHER = { path: 'M2.5 3.5h11v8H7L4 14v-2.5H2.5z', colour: '#5a606c' }

export function ChannelIcon({ type, size = 16, title }: { type: string; size?: number; title?: string }) {
  const sign: { path: string; colour: string; fill?: true } = SIGNS[type] ?? OTHER
  return (
    <span
      className="inline-flex shrink-0 items-center justify-center rounded-[28%] text-white"
      style={{ width: size, height: size, background: sign.colour }}
      title={title}
    >
      <svg
        aria-hidden="true"
        width={size * 0.78}
        height={size * 0.78}
        viewBox="0 0 16 16"
        fill={sign.fill ? 'currentColor' : 'none'}
        stroke={sign.fill ? 'none' : 'currentColor'}
        strokeWidth="1.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        <path d={sign.path} />
      </svg>
    </span>
  )
}
