// A box to tick, which may also stand for some of many.
export function Check({ some, className = '', ...rest }: React.InputHTMLAttributes<HTMLInputElement> & { some?: boolean }) {
  return (
    <input
      type="checkbox"
      {...rest}
      ref={(element) => {
        if (element) element.indeterminate = Boolean(some) && !rest.checked
      }}
      className={`size-4 shrink-0 cursor-pointer accent-accent pointer-coarse:size-5 ${className}`}
    />
  )
}
