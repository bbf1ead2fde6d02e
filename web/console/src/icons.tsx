// Line icons on a 16-unit grid, drawn for this console. Decoration only: the words beside them say what they mean.
const PATHS = {
  alert: 'M8 2.5 14 13H2ZM8 6.5v3M8 11.2v.1',
  arrow: 'M3 8h10M9 4l4 4-4 4',
  attach: 'M13 7.5 8.2 12.3a3 3 0 0 1-4.3-4.3l5-5a2 2 0 0 1 2.9 2.9L7 10.6a1 1 0 0 1-1.4-1.4l4.2-4.2',
  back: 'M10 3 5 8l5 5',
  book: 'M8 4.2C6.8 3.2 5 2.8 2.5 2.8v9.4c2.5 0 4.3.4 5.5 1.4 1.2-1 3-1.4 5.5-1.4V2.8C11 2.8 9.2 3.2 8 4.2ZM8 4.2v9.4',
  bot: 'M3.5 6.5h9v6h-9zM8 6.5V4M8 3.2v.1M6 9.2v.6M10 9.2v.6M1.8 8.5v2M14.2 8.5v2',
  check: 'm3 8.5 3.2 3L13 4.8',
  checks: 'm1.5 8.5 3 3 6-6.5M8 11l.6.5 6-6.5',
  chevron: 'm4 6 4 4 4-4',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 5v3.2l2 1.3',
  copy: 'M6 6h7v7H6zM10 6V3H3v7h3',
  database:
    'M3 4.2C3 3.3 5.2 2.5 8 2.5s5 .8 5 1.7v7.6c0 .9-2.2 1.7-5 1.7s-5-.8-5-1.7zM3 8c0 .9 2.2 1.7 5 1.7S13 8.9 13 8M3 4.2c0 .9 2.2 1.7 5 1.7s5-.8 5-1.7',
  download: 'M8 2.5v7M5 7l3 3 3-3M3 13h10',
  dots: 'M3.5 8v.01M8 8v.01M12.5 8v.01',
  eye: 'M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8ZM8 9.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6Z',
  file: 'M4 2h5l3 3v9H4zM9 2v3h3',
  flag: 'M3.5 14V2.5M3.5 3c3-1.6 5.5 1.6 9 0v6c-3.5 1.6-6-1.6-9 0',
  hourglass:
    'M4.5 2.5h7M4.5 13.5h7M5.5 2.5v1.7c0 1.4 2.5 2.4 2.5 3.8s-2.5 2.4-2.5 3.8v1.7M10.5 2.5v1.7c0 1.4-2.5 2.4-2.5 3.8s2.5 2.4 2.5 3.8v1.7',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.3v3.5M8 5.2v.1',
  keyboard: 'M1.5 4.5h13v7.5h-13zM4 7v.01M6.7 7v.01M9.3 7v.01M12 7v.01M5 9.7h6',
  link: 'M6.8 9.2a2.5 2.5 0 0 0 3.5 0l2-2A2.5 2.5 0 0 0 8.8 3.7l-.8.8M9.2 6.8a2.5 2.5 0 0 0-3.5 0l-2 2a2.5 2.5 0 0 0 3.5 3.5l.8-.8',
  lock: 'M4 7.5h8v6H4zM5.5 7.5V5.3a2.5 2.5 0 0 1 5 0v2.2',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5Z',
  pause: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM6.5 6v4M9.5 6v4',
  people:
    'M6 7.5a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6ZM1.8 13.2c0-2.3 1.8-3.7 4.2-3.7s4.2 1.4 4.2 3.7M10.5 3.2a2.2 2.2 0 0 1 0 4.2M12 9.8c1.5.5 2.3 1.7 2.3 3.4',
  pin: 'M8 14s4.5-4.2 4.5-7.5a4.5 4.5 0 0 0-9 0C3.5 9.8 8 14 8 14ZM8 8a1.6 1.6 0 1 0 0-3.2A1.6 1.6 0 0 0 8 8Z',
  plus: 'M8 3v10M3 8h10',
  pulse: 'M1.5 8.5h3L6.5 3l3 10 2-4.5h3',
  question: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM6.3 6.3c.1-1 .8-1.6 1.7-1.6 1 0 1.7.6 1.7 1.5 0 1.3-1.7 1.4-1.7 2.8M8 11v.1',
  refresh: 'M13 6.5A5.2 5.2 0 0 0 3.3 6M3 9.5A5.2 5.2 0 0 0 12.7 10M3 3v3h3M13 13v-3h-3',
  release: 'M6 4 3 7l3 3M3 7h6.5a3.5 3.5 0 0 1 0 7H8',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.3 10.3 14 14',
  select: 'M2.5 2.5h6v6h-6zM4 5.5l1.2 1.2L7.2 4.3M11 5.5h3M2.5 11.5h2M7 11.5h7',
  send: 'M2.5 8 13.5 3 10 13.5 7.5 9Z',
  sort: 'M5 3v10M2.5 10.5 5 13l2.5-2.5M9 4.5h4.5M9 8h3.5M9 11.5h2.5',
  star: 'm8 2.2 1.8 3.7 4 .6-2.9 2.8.7 4L8 11.4l-3.6 1.9.7-4L2.2 6.5l4-.6Z',
  sun: 'M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6ZM8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7',
  tag: 'M8.5 2.5h5v5l-6 6-5-5ZM11 5v.01',
  talk: 'M2.5 3.5h11v8H7L4 14v-2.5H2.5z',
  transfer: 'M2.5 5.5h10M9.5 2.5l3 3-3 3M13.5 10.5h-10M6.5 7.5l-3 3 3 3',
  user: 'M8 7.8a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4ZM3 13.7c0-2.5 2.2-4 5-4s5 1.5 5 4',
  x: 'm4 4 8 8M12 4l-8 8',
} satisfies Record<string, string>

export type IconName = keyof typeof PATHS

export function Icon({ name, className = '', size = 16 }: { name: IconName; className?: string; size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'dots' ? 2 : 1.4}
      strokeLinecap="round"
      strokeLinejoin="round"
      className={`shrink-0 ${className}`}
    >
      <path d={PATHS[name]} />
    </svg>
  )
}
