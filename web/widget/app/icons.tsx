// Icons as inline SVG: emoji and icon fonts look different, or are missing, on other people's machines.

interface IconProps {
  size?: number
}

function Icon({ size = 20, path }: IconProps & { path: string }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={path} />
    </svg>
  )
}

export const SendIcon = ({ size }: IconProps) => <Icon size={size} path="M12 19V5M5.5 11.5 12 5l6.5 6.5" />
export const CloseIcon = ({ size }: IconProps) => <Icon size={size} path="m6 6 12 12M18 6 6 18" />
export const ClipIcon = ({ size }: IconProps) => (
  <Icon size={size} path="m20.5 11.2-8.4 8.4a5.3 5.3 0 0 1-7.5-7.5l8.8-8.8a3.5 3.5 0 1 1 5 5l-8.8 8.8a1.8 1.8 0 0 1-2.5-2.5l8-8" />
)
export const DownIcon = ({ size }: IconProps) => <Icon size={size} path="M12 5v14M5.5 12.5 12 19l6.5-6.5" />
export const DownloadIcon = ({ size }: IconProps) => <Icon size={size} path="M12 4v11M7 10.5l5 5 5-5M5 20h14" />
export const NextIcon = ({ size }: IconProps) => <Icon size={size} path="m9 5.5 6.5 6.5L9 18.5" />
export const CheckIcon = ({ size }: IconProps) => <Icon size={size} path="m5 12.5 4.5 4.5L19 7" />
export const ClockIcon = ({ size }: IconProps) => <Icon size={size} path="M12 7v5l3.2 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0" />
export const AlertIcon = ({ size }: IconProps) => <Icon size={size} path="M12 8v5M12 16.6v.1M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0" />
export const CloudOffIcon = ({ size }: IconProps) => (
  <Icon size={size} path="m4 4 16 16M8.5 8A6 6 0 0 0 6.5 18H17M10.6 6.2A6 6 0 0 1 17.7 11 3.7 3.7 0 0 1 20.6 16.4" />
)
export const FileIcon = ({ size }: IconProps) => (
  <Icon size={size} path="M14 3H7.5A1.5 1.5 0 0 0 6 4.5v15A1.5 1.5 0 0 0 7.5 21h9a1.5 1.5 0 0 0 1.5-1.5V7zM14 3v4h4" />
)
export const PinIcon = ({ size }: IconProps) => (
  <Icon size={size} path="M12 21s7-6.2 7-11.5a7 7 0 1 0-14 0C5 14.8 12 21 12 21zM14.5 9.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0" />
)
export const LinkIcon = ({ size }: IconProps) => <Icon size={size} path="M8 16 18 6M9.5 6H18v8.5" />
export const BotIcon = ({ size }: IconProps) => (
  <Icon size={size} path="M12 3.5c.9 4.8 3.7 7.6 8.5 8.5-4.8.9-7.6 3.7-8.5 8.5-.9-4.8-3.7-7.6-8.5-8.5 4.8-.9 7.6-3.7 8.5-8.5z" />
)
